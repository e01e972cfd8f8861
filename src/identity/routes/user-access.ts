import { Type } from '../../core/index.ts'
import {
  type ControlApp,
  declareAcross,
  Nullable,
  optionalBody,
  pageOf,
  problemResponses,
  refuseHttp,
  sendProblem,
  Time,
} from '../../http/index.ts'
import { RESET_MODES } from '../person/reset-for.ts'
import { SessionBody, sessionBody } from './body.ts'
import type { IdentityRouteDeps } from './deps.ts'
import { UserBody, UserParams } from './user-body.ts'
import { sendMember } from './users.ts'

const tags = ['users']
const refusals = problemResponses(400, 401, 403, 404, 409, 503)
const manage = declareAcross('an account is one in all organizations of a person', 'users:manage')

/** Whether somebody comes in: locks, disabling, passwords and sessions of others, for administrators. */
export function userAccessRoutes(app: ControlApp, { identity }: IdentityRouteDeps): void {
  const { people, deps } = identity

  app.post(
    '/v1/users/:id/lock',
    {
      ...manage,
      ...optionalBody,
      schema: {
        tags,
        summary: 'Lock a person out',
        description: 'Every session ends. Without `until` it holds until somebody unlocks them.',
        params: UserParams,
        body: Type.Object(
          { until: Type.Optional(Time) },
          { additionalProperties: false, examples: [{ until: '2026-12-24T18:00:00.000Z' }] },
        ),
        response: { 200: UserBody, ...refusals },
      },
    },
    async ({ params, body, caller }, reply) => {
      const until = body.until === undefined ? null : Date.parse(body.until)
      if (until !== null && until <= deps.clock.now()) return sendProblem(reply, inThePast())
      return sendMember(reply, await people.lock(params.id, until, caller))
    },
  )

  app.post(
    '/v1/users/:id/unlock',
    {
      ...manage,
      schema: {
        tags,
        summary: 'Lift every lock of a person',
        description: 'Those of administrators, and those of wrong passwords from anywhere.',
        params: UserParams,
        response: { 200: UserBody, ...refusals },
      },
    },
    async ({ params, caller }, reply) => sendMember(reply, await people.unlock(params.id, caller)),
  )

  for (const [verb, enabled, summary] of [
    ['disable', false, 'Disable a person and end every session of theirs'],
    ['enable', true, 'Let a disabled person come in again'],
  ] as const) {
    app.post(
      `/v1/users/:id/${verb}`,
      { ...manage, schema: { tags, summary, params: UserParams, response: { 200: UserBody, ...refusals } } },
      async ({ params, caller }, reply) =>
        sendMember(reply, await people.change({ id: params.id, version: null }, { enabled }, caller)),
    )
  }

  app.post(
    '/v1/users/:id/password-reset',
    {
      ...manage,
      ...optionalBody,
      schema: {
        tags,
        summary: 'Help a person to a new password',
        description:
          '`mail` sends a link; the present password goes on until it is used. `one_time` makes a password that has to be changed at the next sign-in, and ends every session. Second factors stay.',
        params: UserParams,
        body: Type.Object(
          { mode: Type.Optional(Type.Enum([...RESET_MODES], { default: 'mail' })) },
          { additionalProperties: false, examples: [{ mode: 'mail' }] },
        ),
        response: {
          200: Type.Object({ password: Nullable(Type.String()) }, { examples: [{ password: null }] }),
          ...refusals,
        },
      },
    },
    async ({ params, body, caller }, reply) => {
      const reset = await people.resetPassword(params.id, body.mode ?? 'mail', caller)
      return reset.ok ? reply.send({ password: reset.value?.reveal() ?? null }) : sendProblem(reply, reset.problem)
    },
  )

  app.get(
    '/v1/users/:id/sessions',
    {
      ...declareAcross('sessions of a person are in all their organizations', 'users:read', 'users:manage'),
      schema: {
        tags,
        summary: 'List a person’s sessions, newest first',
        params: UserParams,
        response: { 200: pageOf(SessionBody), ...problemResponses(400, 401, 403, 404) },
      },
    },
    async ({ params, caller }, reply) => {
      const sessions = await people.sessionsOf(params.id, caller)
      if (!sessions.ok) return sendProblem(reply, sessions.problem)
      return reply.send({ items: sessions.value.map((it) => sessionBody(it, null)), nextCursor: null })
    },
  )

  app.delete(
    '/v1/users/:id/sessions',
    {
      ...manage,
      schema: {
        tags,
        summary: 'End every session of a person',
        params: UserParams,
        response: { 200: Type.Object({ ended: Type.Integer() }, { examples: [{ ended: 2 }] }), ...refusals },
      },
    },
    async ({ params, caller }, reply) => {
      const ended = await people.endSessions(params.id, caller)
      return ended.ok ? reply.send({ ended: ended.value }) : sendProblem(reply, ended.problem)
    },
  )
}

function inThePast() {
  return refuseHttp('INPUT_INVALID', { errors: [{ path: 'until', message: 'must be in the future' }] })
}
