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
      return { schema: { ...schema, ...(open ? { security: [] } : {}), ...needs }, url }
    },
  })
}

/** Serves the document. Registered after all other routes, so that it knows them. */
export function openApiRoute(app: FastifyInstance): void {
  app.get('/openapi.json', { config: { permission: 'public' }, schema: { hide: true } }, async (_request, reply) =>
    reply.type('application/json').send(app.swagger()),
  )
}
