import type { TSchema } from 'typebox'
import { Type } from '../core/index.ts'
import { type ControlApp, declareCaller, Nullable, problemResponses } from '../http/index.ts'
import type { Access } from './access.ts'

const tags = ['access']
// Whoever gives something to keys, services and clients needs to know what there is to give.
const readers = declareCaller(
  'access:read',
  'keys:create',
  'keys:manage',
  'services:manage',
  'clients:create',
  'clients:update',
)
const refusals = problemResponses(401, 403)

const NamedBody = Type.Object({
  name: Type.String(),
  description: Type.String(),
  from: Type.String({ description: 'What knows it: `built-in`, `configuration` or `routes`.' }),
})

const RoleBody = Type.Object({
  name: Type.String(),
  description: Type.String(),
  scopes: Type.Array(Type.String()),
  permissions: Type.Array(Type.String()),
  mostKeys: Nullable(Type.Integer({ description: 'Active keys of one person; null is no limit.' })),
  rotationDays: Type.Integer({ description: 'Days after which a key of theirs ends.' }),
})

/** All there are, in the shape of every list: they are few, so there is one page. */
function whole(item: TSchema, example: object, more: Record<string, TSchema> = {}) {
  return Type.Object(
    { ...more, items: Type.Array(item), nextCursor: Type.Null() },
    { examples: [{ ...example, nextCursor: null }] },
  )
}

/** The HTTP routes that tell which roles, scopes and permissions there are. They are changed in the configuration. */
export function accessRoutes({ access }: { access: Access }): (app: ControlApp) => Promise<void> {
  return async (app) => {
    app.get(
      '/v1/roles',
      {
        ...readers,
        schema: {
          tags,
          summary: 'List the roles, with what they hold and how many keys they allow',
          response: { 200: whole(RoleBody, { items: [ROLE_EXAMPLE] }), ...refusals },
        },
      },
      async (_request, reply) => reply.send({ items: access.roles, nextCursor: null } as never),
    )

    app.get(
      '/v1/scopes',
      {
        ...readers,
        schema: {
          tags,
          summary: 'List the scopes that are known',
          description:
            'While `open` is true any well-formed scope is taken; once `access.scopes` is configured, only those listed.',
          response: {
            200: whole(NamedBody, { open: false, items: [SCOPE_EXAMPLE] }, { open: Type.Boolean() }),
            ...refusals,
          },
        },
      },
      async (_request, reply) => reply.send({ ...access.scopes, nextCursor: null } as never),
    )

    app.get(
      '/v1/permissions',
      {
        ...readers,
        schema: {
          tags,
          summary: 'List the permissions that the control plane and the routes ask for',
          response: { 200: whole(NamedBody, { items: [PERMISSION_EXAMPLE] }), ...refusals },
        },
      },
      async (_request, reply) => reply.send({ items: access.permissions, nextCursor: null } as never),
    )
  }
}

const ROLE_EXAMPLE = {
  name: 'read_only',
  description: 'Reads, changes nothing but keys of their own.',
  scopes: ['read'],
  permissions: ['keys:create', 'keys:read', 'keys:update', 'keys:revoke', '*:read'],
  mostKeys: 25,
  rotationDays: 180,
}
const SCOPE_EXAMPLE = { name: 'orders:read', description: 'Read orders', from: 'configuration' }
const PERMISSION_EXAMPLE = { name: 'keys:read', description: 'See keys of one’s own.', from: 'built-in' }
