import { Type } from '../../core/index.ts'
import {
  type ControlApp,
  declareAcross,
  declareCaller,
  Nullable,
  noContent,
  problemResponses,
  sendProblem,
  Text,
  Time,
  withExample,
} from '../../http/index.ts'
import type { Recovery } from '../recovery/recovery.ts'
import type { IdentityRouteDeps } from './deps.ts'
import { LINK_EXAMPLES, LinkTokenInput } from './next.ts'
import { foreignPage } from './visitor.ts'

const tags = ['users']
const id = Type.String({ pattern: '^usr_[0-9a-z]{24}$', examples: ['usr_1hq3v0c9kd5m7w2x8p4t6r1a'] })
const rid = Type.String({ pattern: '^rcv_[0-9a-z]{24}$', examples: ['rcv_1hq3v0c9kd5m7w2x8p4t6r1a'] })
const refusals = problemResponses(400, 401, 403, 404, 409)

const RecoveryBody = withExample(
  Type.Object({
    id: Type.String(),
    personId: Type.String(),
    reason: Type.String(),
    createdAt: Time,
    createdBy: Type.String(),
    readyAt: Type.String({ description: 'When it may be finished.' }),
    expiresAt: Type.String({ description: 'When it is over by itself.' }),
  }),
  {
    id: 'rcv_1hq3v0c9kd5m7w2x8p4t6r1a',
    personId: 'usr_1hq3v0c9kd5m7w2x8p4t6r1a',
    reason: 'lost their telephone, known by voice',
    createdAt: '2026-02-01T08:00:00.000Z',
    createdBy: 'usr_1hq3v0c9kd5m7w2x8p4t6r1b',
    readyAt: '2026-02-02T08:00:00.000Z',
    expiresAt: '2026-02-09T08:00:00.000Z',
  },
)

function recoveryBody({ id: recoveryId, personId, reason, createdBy, ...times }: Recovery) {
  const at = (moment: number) => new Date(moment).toISOString()
  return {
    id: recoveryId,
    personId,
    reason,
    createdBy,
    createdAt: at(times.createdAt),
    readyAt: at(times.readyAt),
    expiresAt: at(times.expiresAt),
  }
}

/** Letting people in again who lost every second factor (row I8). */
export function recoveryRoutes(app: ControlApp, { identity }: IdentityRouteDeps): void {
  const { recoveries } = identity

  app.post(
    '/v1/users/:id/recovery',
    {
      ...declareAcross('an account is one in all organizations of a person', 'users:manage'),
      schema: {
        tags,
        summary: 'Begin to recover an account',
        description:
          'The person is mailed at once, with a link that stops it. Nothing changes before `readyAt`, and then only by `finish`.',
        params: Type.Object({ id }),
        body: Type.Object(
          { reason: Text(1, 500) },
          { additionalProperties: false, examples: [{ reason: 'lost their telephone, known by voice' }] },
        ),
        response: { 201: RecoveryBody, ...refusals },
      },
    },
    async ({ params, body, caller }, reply) => {
      const begun = await recoveries.start(params.id, body.reason, caller)
      return begun.ok ? reply.code(201).send(recoveryBody(begun.value)) : sendProblem(reply, begun.problem)
    },
  )

  app.get(
    '/v1/users/:id/recovery',
    {
      ...declareCaller('users:read', 'users:manage'),
      schema: {
        tags,
        summary: 'See the recovery that is under way',
        params: Type.Object({ id }),
        response: {
          200: Type.Object({ recovery: Nullable(RecoveryBody) }, { examples: [{ recovery: null }] }),
          ...refusals,
        },
      },
    },
    async ({ params, caller }, reply) => {
      const found = await recoveries.find(params.id, caller)
      if (!found.ok) return sendProblem(reply, found.problem)
      return reply.send({ recovery: found.value === null ? null : recoveryBody(found.value) })
    },
  )

  app.post(
    '/v1/users/:id/recovery/:rid/finish',
    {
      ...declareAcross('an account is one in all organizations of a person', 'users:manage'),
      schema: {
        tags,
        summary: 'Finish a recovery',
        description:
          'Second factors and the password are removed, every session ends, and a link to choose a password is mailed.',
        params: Type.Object({ id, rid }),
        response: { 204: Type.Null(), ...refusals },
      },
    },
    async ({ params, caller }, reply) => noContent(reply, await recoveries.finish(params.id, params.rid, caller)),
  )

  app.delete(
    '/v1/users/:id/recovery/:rid',
    {
      ...declareAcross('an account is one in all organizations of a person', 'users:manage'),
      schema: {
        tags,
        summary: 'Stop a recovery',
        params: Type.Object({ id, rid }),
        response: { 204: Type.Null(), ...refusals },
      },
    },
    async ({ params, caller }, reply) => noContent(reply, await recoveries.cancel(params.id, params.rid, caller)),
  )

  app.post(
    '/v1/auth/recovery/stop',
    {
      config: { permission: 'public' as const },
      schema: {
        tags: ['sign-in'],
        summary: 'Stop the recovery of your account by the link in the mail',
        body: Type.Object({ token: LinkTokenInput }, { additionalProperties: false, examples: LINK_EXAMPLES }),
        response: { 204: Type.Null(), ...problemResponses(400, 401, 403) },
      },
    },
    async (request, reply) => {
      const foreign = foreignPage(request, identity)
      if (foreign !== null) return sendProblem(reply, foreign)
      return noContent(reply, await recoveries.stop(request.body.token, request.caller))
    },
  )
}
