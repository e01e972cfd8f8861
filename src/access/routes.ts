import type { TSchema } from 'typebox'
import { organizationOf, Type } from '../core/index.ts'
import { type ControlApp, declareCaller, examplesOf, problemResponses } from '../http/index.ts'
import type { Access } from './access.ts'
import type { Given } from './grant/given.ts'
import { grantRoutes } from './grant/routes.ts'
import type { Reviews } from './review/reviews.ts'
import { reviewRoutes } from './review/routes.ts'
import { RoleBody, roleBody } from './role/body.ts'
import type { Roles } from './role/roles.ts'
import { roleRoutes } from './role/routes.ts'

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

/** All there are, in the shape of every list: they are few, so there is one page. */
function whole(item: TSchema, example: object, more: Record<string, TSchema> = {}) {
  return Type.Object(
    { ...more, items: Type.Array(item), nextCursor: Type.Null() },
    { examples: [{ ...example, nextCursor: null }] },
  )
}

/** The HTTP routes that tell which roles, scopes and permissions there are, and change the roles of an organization. */
export function accessRoutes({
  access,
  roles,
  given,
  reviews,
}: {
  access: Access
  roles: Roles
  given: Given
  reviews: Reviews
}): (app: ControlApp) => Promise<void> {
  return async (app) => {
    app.get(
      '/v1/roles',
      {
        ...readers,
        schema: {
          tags,
          summary:
            'List the roles that can be given, built-in and own, with what they hold and how many keys they allow',
          response: { 200: whole(RoleBody, { items: examplesOf(RoleBody) }), ...refusals },
        },
      },
      async (request, reply) => {
        const items = access.rolesOf(organizationOf(request.caller)).map(roleBody)
        return reply.send({ items, nextCursor: null } as never)
      },
    )

    roleRoutes(app, { access, roles, readers })
    grantRoutes(app, { given })
    reviewRoutes(app, { reviews })

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

const SCOPE_EXAMPLE = { name: 'orders:read', description: 'Read orders', from: 'configuration' }
const PERMISSION_EXAMPLE = { name: 'keys:read', description: 'See keys of one’s own.', from: 'built-in' }
