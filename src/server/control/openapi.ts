import swagger from '@fastify/swagger'
import type { FastifyInstance } from 'fastify'
import { VERSION } from '../version.ts'

/** Collects every route's schemas into one OpenAPI 3.1 document, served at `/openapi.json`. */
export async function describeApi(app: FastifyInstance, issuer: string): Promise<void> {
  await app.register(swagger, {
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
        },
      },
      security: [{ apiKey: [] }, { bearer: [] }],
    },
    refResolver: { buildLocalReference: (json, _base, _fragment, i) => String(json.$id ?? `schema${i}`) },
    transform: ({ schema, url, route }) => {
      const permission = route.config?.permission
      const open = permission === 'public' || permission === undefined
      const needs = open ? {} : { 'x-permission': permission.anyOf }
      const headers =
        schema?.response !== undefined && Object.hasOwn(schema.response as object, 412)
          ? withIfMatch(schema.headers)
          : {}
      return { schema: { ...schema, ...headers, ...(open ? { security: [] } : {}), ...needs }, url }
    },
  })
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

/** Serves the document. Registered after all other routes, so that it knows them. */
export function openApiRoute(app: FastifyInstance): void {
  app.get('/openapi.json', { config: { permission: 'public' }, schema: { hide: true } }, async (_request, reply) =>
    reply.type('application/json').send(app.swagger()),
  )
}
