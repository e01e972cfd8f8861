import { LEVELS, Type } from '../../core/index.ts'
import { type ControlApp, Nullable, problemResponses, sendProblem, withExample } from '../../http/index.ts'
import type { SignInRequest } from './sign-in-request.ts'
import type { SignInRequests } from './sign-in-requests.ts'

const ID = 'Xh2mP0vQ8rT5yB1nK7cZ3wF6sJ9dL4gA0eU2iO8xM5k'
const MADE_AT = '2026-11-21T10:00:00.000Z'
const example = {
  id: ID,
  client: { id: 'cli_1hq3v0c9kd5m7w2x8p4t6r1a', name: 'call centre' },
  message: 'Order 4711',
  scopes: ['openid'],
  details: [],
  level: 'aal2',
  createdAt: MADE_AT,
  expiresAt: '2026-11-21T10:10:00.000Z',
}

const Body = withExample(
  Type.Object({
    id: Type.String(),
    client: Type.Object({ id: Type.String(), name: Type.String() }),
    message: Nullable(Type.String({ description: 'What the program shows, too: compare.' })),
    scopes: Type.Array(Type.String()),
    details: Type.Array(Type.Array(Type.String()), { description: 'What is asked in detail, in plain words.' }),
    level: Nullable(Type.Unsafe<string>({ type: 'string', enum: [...LEVELS] })),
    createdAt: Type.String(),
    expiresAt: Type.String(),
  }),
  example,
)
const Items = withExample(Type.Object({ items: Type.Array(Body) }), { items: [example] })
const params = Type.Object({ id: Type.String({ pattern: '^[A-Za-z0-9_-]{43}$', examples: [ID] }) })
const person = { config: { permission: 'person' as const } }
const refusals = problemResponses(400, 401, 403, 404, 409)

/** Programs that ask a person, who is somewhere else, to sign in (CIBA Core). */
export function signInRequestRoutes(app: ControlApp, requests: SignInRequests): void {
  app.get(
    '/v1/account/sign-in-requests',
    {
      ...person,
      schema: {
        tags: ['account'],
        summary: 'List the programs that ask you to sign in, newest first',
        response: { 200: Items, ...problemResponses(401, 403) },
      },
    },
    async ({ caller }, reply) => reply.send({ items: (await requests.list(caller)).map(bodyOf) }),
  )
  for (const [verb, approves] of [['approve', true] as const, ['deny', false] as const]) {
    app.post(
      `/v1/account/sign-in-requests/:id/${verb}`,
      {
        ...person,
        schema: {
          tags: ['account'],
          summary: approves ? 'Approve that a program signs you in' : 'Refuse a program that asks you to sign in',
          params,
          response: { 200: Body, ...refusals },
        },
      },
      async ({ params: { id }, caller }, reply) => {
        const answered = await requests.answer(id, approves, caller)
        return answered.ok ? reply.send(bodyOf(answered.value)) : sendProblem(reply, answered.problem)
      },
    )
  }
}

function bodyOf({ createdAt, expiresAt, scopes, details, ...rest }: SignInRequest) {
  const times = { createdAt: new Date(createdAt).toISOString(), expiresAt: new Date(expiresAt).toISOString() }
  return { ...rest, scopes: [...scopes], details: details.map((lines) => [...lines]), ...times }
}
