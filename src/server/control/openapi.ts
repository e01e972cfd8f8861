import type { FastifyDynamicSwaggerOptions } from '@fastify/swagger'
import Fastify, { type FastifyInstance, type RouteOptions } from 'fastify'
import { VERSION } from '../../core/index.ts'

/**
 * Serves every route's schemas as one OpenAPI 3.1 document at `/openapi.json`. Called before the routes are registered,
 * so that it hears of them; the document is put together when it is first asked for, not at every start.
 */
export function describeApi(app: FastifyInstance, issuer: string): void {
  const routes: RouteOptions[] = []
  app.addHook('onRoute', (route) => {
    // That of a GET, which comes of itself.
    if (route.method !== 'HEAD') routes.push({ ...route })
  })
  let document: Promise<unknown> | undefined
  app.get('/openapi.json', { config: { permission: 'public' }, schema: { hide: true } }, async (_request, reply) => {
    document ??= describe(routes, Object.values(app.getSchemas()), issuer)
    return reply.type('application/json').send(await document)
  })
}

/** Describes routes by way of an application that has them too, compiles nothing and never listens. */
async function describe(routes: readonly RouteOptions[], shared: readonly unknown[], issuer: string): Promise<unknown> {
  const { default: swagger } = await import('@fastify/swagger')
  const app = Fastify({ exposeHeadRoutes: false })
  app.setValidatorCompiler(() => () => true)
  app.setSerializerCompiler(() => JSON.stringify)
  for (const schema of shared) app.addSchema(schema)
  await app.register(swagger, documentOf(issuer))
  app.register(async (scope) => {
    for (const { method, url, schema = {}, config = {} } of routes) {
      scope.route({ method, url, schema, config, handler: nobody })
    }
  })
  await app.ready()
  return app.swagger()
}

/** A route for a person in a session. */
const PERSON = Object.freeze({ security: [{ session: [] }] })

async function nobody(): Promise<void> {}

function documentOf(issuer: string): FastifyDynamicSwaggerOptions {
  return {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Sallyport',
        version: VERSION,
        description: 'Who is asking, may they, and what happened.',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      servers: [{ url: issuer }],
      components: {
        securitySchemes: {
          apiKey: { type: 'apiKey', in: 'header', name: 'X-API-Key' },
          bearer: { type: 'http', scheme: 'bearer' },
          session: { type: 'apiKey', in: 'cookie', name: '__Host-sallyport_session' },
        },
      },
      security: [{ apiKey: [] }, { bearer: [] }],
    },
    refResolver: { buildLocalReference: (json, _base, _fragment, i) => String(json.$id ?? `schema${i}`) },
    transform: ({ schema, url, route }) => {
      const permission = route.config?.permission
      const open = permission === 'public' || permission === undefined
      const needs = open ? { security: [] } : permission === 'person' ? PERSON : { 'x-permission': permission.anyOf }
      const headers =
        schema?.response !== undefined && Object.hasOwn(schema.response as object, 412)
          ? withIfMatch(schema.headers)
          : {}
      return { schema: { ...schema, ...headers, ...needs }, url }
    },
  }
}

// Only told, not checked here: `checkVersion` reads the header where it is used (RFC 9110, section 13.1.1).
function withIfMatch(headers: unknown) {
  const { properties = {} } = (headers ?? {}) as { readonly properties?: object }
  return { headers: { type: 'object', properties: { ...properties, 'if-match': IF_MATCH } } }
}

const IF_MATCH = {
  type: 'string',
  description: 'The ETag of the version that you read: 412 when it is another by now.',
  examples: ['"3"'],
}
