import type { FastifyReply } from 'fastify'
import { type Caller, organizationOf, type Result, refused, Type } from '../../core/index.ts'
import {
  type ControlApp,
  checkVersion,
  declareCaller,
  noContent,
  problemResponses,
  type RoutePermission,
  sendProblem,
  versionTag,
} from '../../http/index.ts'
import type { Access } from '../access.ts'
import { refuseAccess } from '../problems.ts'
import { AnyRoleName, ChangeRoleBody, NewRoleBody, RoleBody, roleBody } from './body.ts'
import type { RoleTarget } from './change.ts'
import type { Roles } from './roles.ts'

const tags = ['access']
const params = Type.Object({ name: AnyRoleName })

export type RoleRouteDeps = {
  readonly access: Access
  readonly roles: Roles
  /** Who may see roles. */
  readonly readers: { readonly config: { readonly permission: RoutePermission } }
}

/** Roles of an organization: make, read, change, delete (row A2). */
export function roleRoutes(app: ControlApp, { access, roles, readers }: RoleRouteDeps): void {
  app.post(
    '/v1/roles',
    {
      ...declareCaller('access:manage'),
      schema: {
        tags,
        summary: 'Make a role of the organization',
        description:
          'It gives what it names and what the roles that it inherits give. Nobody makes a role that gives more than they hold.',
        body: NewRoleBody,
        response: { 201: RoleBody, ...problemResponses(400, 401, 403, 409) },
      },
    },
    async (request, reply) => {
      const { name, description = '', inherits = [], scopes = [], permissions = [] } = request.body
      const made = await roles.create({ name, description, inherits, scopes, permissions }, request.caller)
      if (!made.ok) return sendProblem(reply, made.problem)
      return sendRole(reply.code(201).header('location', `/v1/roles/${name}`), name, request.caller)
    },
  )

  app.get(
    '/v1/roles/:name',
    {
      ...readers,
      schema: {
        tags,
        summary: 'Read a role',
        params,
        response: { 200: RoleBody, ...problemResponses(400, 401, 403, 404) },
      },
    },
    async (request, reply) => sendRole(reply, request.params.name, request.caller),
  )

  app.patch(
    '/v1/roles/:name',
    {
      ...declareCaller('access:manage'),
      schema: {
        tags,
        summary: 'Change what a role of the organization gives',
        description:
          'Everybody who has it holds the new in less than a second; tokens that were signed of what it does not give any more end.',
        params,
        body: ChangeRoleBody,
        response: { 200: RoleBody, ...problemResponses(400, 401, 403, 404, 409, 412) },
      },
    },
    async (request, reply) => {
      const target = targetOf(request)
      const changed = target.ok ? await roles.change(target.value, request.body, request.caller) : target
      return changed.ok ? sendRole(reply, changed.value.name, request.caller) : sendProblem(reply, changed.problem)
    },
  )

  app.delete(
    '/v1/roles/:name',
    {
      ...declareCaller('access:manage'),
      schema: {
        tags,
        summary: 'Delete a role of the organization',
        params,
        querystring: Type.Object(
          {
            takeFromEveryone: Type.Optional(
              Type.Boolean({ description: 'Takes it first from whoever has it. Without it a role in use is refused.' }),
            ),
          },
          { additionalProperties: false },
        ),
        response: { 204: Type.Null(), ...problemResponses(400, 401, 403, 404, 409, 412) },
      },
    },
    async (request, reply) => {
      const target = targetOf(request)
      const takes = request.query.takeFromEveryone === true
      return noContent(reply, target.ok ? await roles.delete(target.value, takes, request.caller) : target)
    },
  )

  function sendRole(reply: FastifyReply, name: string, caller: Caller) {
    const role = access.rolesOf(organizationOf(caller)).find((one) => one.name === name)
    if (role === undefined) return sendProblem(reply, refuseAccess('ROLE_UNKNOWN'))
    if (role.own !== null) reply.header('etag', versionTag(role.own.version))
    return reply.send(roleBody(role))
  }
}

function targetOf(request: {
  readonly params: { readonly name: string }
  readonly headers: { readonly 'if-match'?: string | undefined }
}): Result<RoleTarget> {
  const version = checkVersion(request.headers['if-match'])
  return version.ok
    ? { ok: true, value: { name: request.params.name, version: version.value } }
    : refused(version.problem)
}
