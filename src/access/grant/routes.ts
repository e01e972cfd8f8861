import type { Static } from 'typebox'
import { idPattern, Type } from '../../core/index.ts'
import {
  type ControlApp,
  declareCaller,
  Nullable,
  noContent,
  Prose,
  pageOf,
  pageQuery,
  problemResponses,
  readPage,
  refuseHttp,
  sendProblem,
  Text,
  Time,
  withExample,
} from '../../http/index.ts'
import { PERMISSION_PATTERN } from '../permission.ts'
import { AnyRoleName } from '../role/body.ts'
import type { Given } from './given.ts'
import { GRANT_KINDS, GRANTEE_KINDS, type Grant, type GrantKind } from './grant.ts'

const tags = ['access']
const GrantId = Type.String({ pattern: idPattern('grt'), description: 'The id of a grant.' })
const GranteeId = Type.String({
  minLength: 5,
  maxLength: 64,
  pattern: '^(usr|svc)_[0-9a-z]+$',
  description: 'A member or a service of the organization.',
})
const GivenBody = {
  role: Type.Optional(AnyRoleName),
  permission: Type.Optional(
    Type.String({ maxLength: 200, pattern: PERMISSION_PATTERN, description: 'A permission, word for word.' }),
  ),
  scope: Type.Optional(Text(1, 128, 'A scope.')),
}
const EXAMPLE = {
  id: 'grt_1hq3v0c9kd5m7w2x8p4t6r1a',
  principal: { kind: 'user' as const, id: 'usr_1hq3v0c9kd5m7w2x8p4t6r1a' },
  kind: 'role' as const,
  name: 'support',
  reason: 'On call over Easter.',
  givenAt: '2026-04-02T09:00:00.000Z',
  givenBy: 'usr_7r2m4t6w8y0a1c3e5g7j9k2m',
  until: '2026-04-07T09:00:00.000Z',
  endedAt: null,
  endedBy: null,
}

export const GrantBody = withExample(
  Type.Object({
    id: Type.String(),
    principal: Type.Object({ kind: Type.Enum([...GRANTEE_KINDS]), id: Type.String() }),
    kind: Type.Enum([...GRANT_KINDS]),
    name: Type.String(),
    reason: Type.String(),
    givenAt: Type.String(),
    givenBy: Type.String(),
    until: Nullable(Type.String({ description: 'When it ends by itself; null for never.' })),
    endedAt: Nullable(Type.String({ description: 'When somebody ended it.' })),
    endedBy: Nullable(Type.String()),
  }),
  EXAMPLE,
)

const NewGrantBody = Type.Object(
  {
    principal: GranteeId,
    ...GivenBody,
    reason: Prose(1, 500),
    until: Type.Optional(Nullable(Time)),
  },
  {
    additionalProperties: false,
    examples: [
      {
        principal: EXAMPLE.principal.id,
        role: EXAMPLE.name,
        reason: EXAMPLE.reason,
        until: EXAMPLE.until,
      },
    ],
  },
)

/** Grants with who, when, why and until when: give, list, end (row A2). */
export function grantRoutes(app: ControlApp, { given }: { readonly given: Given }): void {
  app.post(
    '/v1/grants',
    {
      ...declareCaller('access:manage'),
      schema: {
        tags,
        summary: 'Grant a role, a permission or a scope, for a reason and, where it is said, until a time',
        description:
          'Exactly one of `role`, `permission` and `scope` is granted, beside what the membership or service has.',
        body: NewGrantBody,
        response: { 201: GrantBody, ...problemResponses(400, 401, 403, 404, 409) },
      },
    },
    async (request, reply) => {
      const { principal, reason, until = null } = request.body
      const gives = givenIn(request.body)
      if (gives === null) return sendProblem(reply, notOne())
      const grantee = { kind: principal.startsWith('usr_') ? ('user' as const) : ('service' as const), id: principal }
      const ends = until === null ? null : Date.parse(until)
      const made = await given.give({ principal: grantee, ...gives, reason, until: ends }, request.caller)
      return made.ok ? reply.code(201).send(grantBody(made.value)) : sendProblem(reply, made.problem)
    },
  )

  app.get(
    '/v1/grants',
    {
      ...declareCaller('access:read', 'access:manage'),
      schema: {
        tags,
        summary: 'List grants, newest first, those that ended too',
        querystring: Type.Object(
          {
            ...pageQuery,
            principal: Type.Optional(GranteeId),
            ...GivenBody,
            workingAt: Type.Optional(
              Type.With(Time, { description: 'Only those that worked at this time.' }) as typeof Time,
            ),
          },
          { additionalProperties: false },
        ),
        response: { 200: pageOf(GrantBody), ...problemResponses(400, 401, 403) },
      },
    },
    async (request, reply) => {
      const { principal, workingAt } = request.query
      const at = workingAt === undefined ? {} : { workingAt: Date.parse(workingAt) }
      const filter = { principal, ...givenIn(request.query), ...at }
      const page = await readPage(request.query, (part) => given.list(filter, part, request.caller))
      if (!page.ok) return sendProblem(reply, page.problem)
      return reply.send({ items: page.value.items.map(grantBody), nextCursor: page.value.nextCursor })
    },
  )

  app.delete(
    '/v1/grants/:id',
    {
      ...declareCaller('access:manage'),
      schema: {
        tags,
        summary: 'End a grant before its time',
        params: Type.Object({ id: GrantId }),
        response: { 204: Type.Null(), ...problemResponses(400, 401, 403, 404) },
      },
    },
    async (request, reply) => noContent(reply, await given.end(request.params.id, request.caller)),
  )
}

type Said = { readonly [K in GrantKind]?: string | undefined }

/** The one thing that is said; null for none and for several. */
function givenIn(said: Said): { readonly kind: GrantKind; readonly name: string } | null {
  const [first, ...rest] = GRANT_KINDS.flatMap((kind) => {
    const name = said[kind]
    return name === undefined ? [] : [{ kind, name }]
  })
  return first === undefined || rest.length > 0 ? null : first
}

function notOne() {
  const errors = [{ path: '', message: 'needs exactly one of role, permission and scope' }]
  return refuseHttp('INPUT_INVALID', { errors })
}

export function grantBody({ organization: _organization, ...grant }: Grant): Static<typeof GrantBody> {
  const { principal, givenAt, until, endedAt } = grant
  return {
    ...grant,
    principal: { ...principal },
    givenAt: new Date(givenAt).toISOString(),
    until: textOf(until),
    endedAt: textOf(endedAt),
  }
}

function textOf(at: number | null): string | null {
  return at === null ? null : new Date(at).toISOString()
}
