import { Type } from '../../core/index.ts'
import {
  type ControlApp,
  declareCaller,
  Nullable,
  pageOf,
  pageQuery,
  problemResponses,
  readSearch,
  refuseHttp,
  sendProblem,
  Text,
  Time,
  withExample,
} from '../../http/index.ts'
import { GRANT_KINDS, GRANTEE_KINDS, type Grantee } from '../grant/grant.ts'
import { isPermission, PERMISSION_PATTERN } from '../permission.ts'
import type { Held, Reviews, Wanted } from './reviews.ts'
import type { Unused } from './unused.ts'

const tags = ['access']
const readers = declareCaller('access:read')
const Permission = Type.String({
  maxLength: 200,
  pattern: PERMISSION_PATTERN,
  description: 'Held by whoever holds a wider one, too.',
})
const GranteeId = Type.String({
  minLength: 5,
  maxLength: 64,
  pattern: '^(usr|svc|cli)_[0-9a-z]+$',
  description: 'A member, a service or a client of the organization.',
})

const STATES = ['unused', 'new', 'unmeasured'] as const

const HELD = {
  principal: { kind: 'user' as const, id: 'usr_1hq3v0c9kd5m7w2x8p4t6r1a' },
  name: 'Ada Lovelace',
  enabled: true,
  ways: [
    { kind: 'permission' as const, name: 'parcels:*', roles: ['head-packer', 'packer'], grant: null, until: null },
  ],
}
const HeldBody = withExample(
  Type.Object({
    principal: Type.Object({ kind: Type.Enum([...GRANTEE_KINDS]), id: Type.String() }),
    name: Type.String(),
    enabled: Type.Boolean({ description: 'Whether they can come in at all.' }),
    ways: Type.Array(
      Type.Object({
        kind: Type.Enum(['permission', 'scope']),
        name: Type.String(),
        roles: Type.Array(Type.String(), {
          description: 'From the role that they have to the one that names it; empty where it was given by itself.',
        }),
        grant: Nullable(Type.String({ description: 'The grant; null for the membership or the registration.' })),
        until: Nullable(Type.String()),
      }),
    ),
  }),
  HELD,
)

const ChangesBody = withExample(
  Type.Object({
    items: Type.Array(
      Type.Object({
        at: Type.String(),
        type: Type.String({ description: 'Of the event; `grant.over` for what ended by time.' }),
        resource: Nullable(Type.String()),
        by: Nullable(Type.String()),
        details: Type.Unknown(),
      }),
    ),
    complete: Type.Boolean({ description: 'Whether nothing more changed; ask for a shorter time where it is false.' }),
  }),
  {
    items: [
      {
        at: '2026-04-02T09:00:00.000Z',
        type: 'role.changed',
        resource: 'packer',
        by: 'usr_1hq3v0c9kd5m7w2x8p4t6r1a',
        details: { inherits: '', scopes: '', permissions: 'parcels:read', weakened: 3 },
      },
    ],
    complete: true,
  },
)

const UnusedBody = withExample(
  Type.Object({
    principal: Type.Object({ kind: Type.Enum([...GRANTEE_KINDS]), id: Type.String() }),
    name: Type.String(),
    enabled: Type.Boolean({ description: 'Whether they can come in at all.' }),
    gives: Type.Object({ kind: Type.Enum([...GRANT_KINDS]), name: Type.String() }),
    grant: Nullable(Type.String({ description: 'The grant; null for the membership or the registration.' })),
    since: Type.String({ description: 'Since when it could have been used, and that would be known.' }),
    lastUsedOn: Nullable(Type.String({ description: 'The day; null for never that is known.' })),
    state: Type.Enum([...STATES], {
      description: '`new` could not have been used for so long; of what is `unmeasured` nobody knows.',
    }),
  }),
  {
    principal: HELD.principal,
    name: HELD.name,
    enabled: true,
    gives: { kind: 'role' as const, name: 'head-packer' },
    grant: 'grt_1hq3v0c9kd5m7w2x8p4t6r1a',
    since: '2026-01-02T09:00:00.000Z',
    lastUsedOn: '2026-01-07',
    state: 'unused' as const,
  },
)

/** Reviews: who holds something, what somebody holds and why, what changed, what nobody used (row A11). */
export function reviewRoutes(app: ControlApp, { reviews }: { readonly reviews: Reviews }): void {
  app.get(
    '/v1/access/reviews/who',
    {
      ...readers,
      schema: {
        tags,
        summary: 'List who holds a permission or a scope by roles and grants, and by which ways',
        description: 'A page looks at `limit` principals and holds those who do: it may hold none and still go on.',
        querystring: Type.Object(
          {
            ...pageQuery,
            permission: Type.Optional(Permission),
            scope: Type.Optional(Text(1, 128, 'Held by whoever holds `*`, too.')),
            kind: Type.Optional(Type.Enum([...GRANTEE_KINDS], { description: 'People unless told.' })),
          },
          { additionalProperties: false },
        ),
        response: { 200: pageOf(HeldBody), ...problemResponses(400, 401, 403) },
      },
    },
    async (request, reply) => {
      const wanted = wantedIn(request.query)
      if (wanted === null) return sendProblem(reply, notOne())
      const { kind = 'user' } = request.query
      const page = await readSearch(request.query, (part) => reviews.who(wanted, kind, part, request.caller))
      if (!page.ok) return sendProblem(reply, page.problem)
      return reply.send({ items: page.value.items.map(heldBody), nextCursor: page.value.nextCursor })
    },
  )

  app.get(
    '/v1/access/reviews/what',
    {
      ...readers,
      schema: {
        tags,
        summary: 'Tell all that a member, a service or a client holds by roles and grants, and by which ways',
        querystring: Type.Object({ principal: GranteeId }, { additionalProperties: false }),
        response: { 200: HeldBody, ...problemResponses(400, 401, 403, 404) },
      },
    },
    async (request, reply) => {
      const { principal } = request.query
      const grantee: Grantee = { kind: principal.startsWith('usr_') ? 'user' : 'service', id: principal }
      const found = await reviews.what(grantee, request.caller)
      return found.ok ? reply.send(heldBody(found.value)) : sendProblem(reply, found.problem)
    },
  )

  app.get(
    '/v1/access/reviews/unused',
    {
      ...readers,
      schema: {
        tags,
        summary: 'List what was given by grants, memberships and registrations, and not used for some time',
        description:
          'A page looks at `limit` principals and holds what they did not use: it may be empty and still go on.',
        querystring: Type.Object(
          {
            ...pageQuery,
            days: Type.Optional(
              Type.Integer({ minimum: 1, maximum: 365, description: 'Not used for so many; 90 unless told.' }),
            ),
            kind: Type.Optional(Type.Enum([...GRANTEE_KINDS], { description: 'People unless told.' })),
          },
          { additionalProperties: false },
        ),
        response: { 200: pageOf(UnusedBody), ...problemResponses(400, 401, 403) },
      },
    },
    async (request, reply) => {
      const { days = 90, kind = 'user' } = request.query
      const page = await readSearch(request.query, (part) => reviews.unused(days, kind, part, request.caller))
      if (!page.ok) return sendProblem(reply, page.problem)
      return reply.send({ items: page.value.items.map(unusedBody), nextCursor: page.value.nextCursor })
    },
  )

  app.get(
    '/v1/access/reviews/diff',
    {
      ...readers,
      schema: {
        tags,
        summary: 'Tell what changed who may do what between two times, oldest first',
        querystring: Type.Object({ since: Time, until: Time }, { additionalProperties: false }),
        response: { 200: ChangesBody, ...problemResponses(400, 401, 403) },
      },
    },
    async (request, reply) => {
      const { since, until } = request.query
      const found = await reviews.changes(Date.parse(since), Date.parse(until), request.caller)
      if (!found.ok) return sendProblem(reply, found.problem)
      const items = found.value.items.map((change) => ({ ...change, at: new Date(change.at).toISOString() }))
      return reply.send({ items, complete: found.value.complete })
    },
  )
}

function wantedIn(said: { permission?: string | undefined; scope?: string | undefined }): Wanted | null {
  const { permission, scope } = said
  if ((permission === undefined) === (scope === undefined)) return null
  if (permission !== undefined && !isPermission(permission)) return null
  return permission === undefined ? { kind: 'scope', name: scope ?? '' } : { kind: 'permission', name: permission }
}

function notOne() {
  const errors = [{ path: 'query', message: 'needs exactly one of a permission such as orders:read and a scope' }]
  return refuseHttp('INPUT_INVALID', { errors })
}

function unusedBody({ reviewed, kind, name, grant, since, usedAt, state }: Unused) {
  return {
    principal: { ...reviewed.principal },
    name: reviewed.name,
    enabled: reviewed.enabled,
    gives: { kind, name },
    grant: grant?.id ?? null,
    since: new Date(since).toISOString(),
    lastUsedOn: usedAt === null ? null : new Date(usedAt).toISOString().slice(0, 10),
    state,
  }
}

function heldBody({ principal, name, enabled, ways }: Held) {
  return {
    principal: { ...principal },
    name,
    enabled,
    ways: ways.map(({ grant, roles, ...way }) => ({
      ...way,
      roles: [...roles],
      grant: grant?.id ?? null,
      until: grant?.until == null ? null : new Date(grant.until).toISOString(),
    })),
  }
}
