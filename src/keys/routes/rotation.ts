import type { FastifyReply, FastifyRequest } from 'fastify'
import { done, type Result, Type } from '../../core/index.ts'
import {
  type ControlApp,
  checkVersion,
  declareCaller,
  idempotencyHeaders,
  idempotencyOf,
  optionalBody,
  problemResponses,
  sendProblem,
  versionTag,
} from '../../http/index.ts'
import type { Target } from '../change.ts'
import type { Rotated } from '../rotate.ts'
import { createdBody, keyBody } from './body.ts'
import type { KeyRouteDeps } from './deps.ts'
import { approvalBody, lateUseBody, rotationStatusBody } from './rotation-body.ts'
import {
  ApprovalBody,
  LateUseBody,
  RepeatedRotationBody,
  RolledBackBody,
  RotateBody,
  RotatedKeyBody,
  RotationStatusBody,
} from './rotation-schemas.ts'
import { KeyId, ReasonBody } from './schemas.ts'

const params = Type.Object({ id: KeyId })
const tags = ['rotation']
const refusals = problemResponses(400, 401, 403, 404, 409, 412)

/** Rotation of keys: do it, undo it, see where it stands and who still uses the old key (rows K21 to K23). */
export function rotationRoutes(app: ControlApp, { keys, clock }: KeyRouteDeps): void {
  app.post(
    '/v1/keys/:id/rotate',
    {
      ...optionalBody,
      ...declareCaller('keys:create', 'keys:manage'),
      schema: {
        tags,
        summary: 'Replace a key by a new one',
        description:
          'Both work during the grace. A key that names a secret store is placed there and shown to nobody: `key` is null and `placed` says where. For a classification that needs approval the answer is 202 with a request; when another person approved it, call again with its id in `approval` to be shown the new key, once.',
        params,
        headers: idempotencyHeaders,
        body: RotateBody,
        response: {
          201: RotatedKeyBody,
          200: RepeatedRotationBody,
          202: ApprovalBody,
          ...refusals,
          ...problemResponses(422, 503),
        },
      },
    },
    async (request, reply) => {
      const target = targetOf(request)
      if (!target.ok) return sendProblem(reply, target.problem)
      const { graceSeconds, approval = null, immediate = false, reason = null } = request.body
      const graceMs = graceSeconds === undefined ? null : graceSeconds * 1000
      const wish = { target: target.value, graceMs, approval, immediate, reason }
      return sendRotated(reply, await keys.rotate(wish, request.caller, idempotencyOf(request)))
    },
  )

  app.post(
    '/v1/keys/:id/rollback',
    {
      ...optionalBody,
      ...declareCaller('keys:create', 'keys:manage'),
      schema: {
        tags,
        summary: 'Undo a rotation while the old key is in its grace',
        description:
          'The id is that of the old key or of the new one. The new key is revoked; the old one lives on until it would have ended before.',
        params,
        body: ReasonBody,
        response: { 200: RolledBackBody, ...refusals, ...problemResponses(503) },
      },
    },
    async (request, reply) => {
      const target = targetOf(request)
      if (!target.ok) return sendProblem(reply, target.problem)
      const back = await keys.rotations.rollback(target.value, request.body.reason ?? null, request.caller)
      if (!back.ok) return sendProblem(reply, back.problem)
      const { key, store } = back.value
      return reply.header('etag', versionTag(key.version)).send({ ...keyBody(key, clock.now()), store })
    },
  )

  app.get(
    '/v1/keys/:id/rotation',
    {
      ...declareCaller('keys:read', 'keys:manage'),
      schema: {
        tags,
        summary: 'Where the rotation of a key stands, and all rotations before',
        params,
        response: { 200: RotationStatusBody, ...problemResponses(400, 401, 403, 404) },
      },
    },
    async (request, reply) => {
      const status = await keys.rotations.status(request.params.id, request.caller)
      if (!status.ok) return sendProblem(reply, status.problem)
      return reply.send(rotationStatusBody(status.value, clock.now()))
    },
  )

  app.get(
    '/v1/keys/:id/rotation/report',
    {
      ...declareCaller('keys:read', 'keys:manage'),
      schema: {
        tags,
        summary: 'Who still uses a replaced key, and from where',
        params,
        response: { 200: LateUseBody, ...problemResponses(400, 401, 403, 404, 409) },
      },
    },
    async (request, reply) => {
      const report = await keys.rotations.report(request.params.id, request.caller)
      if (!report.ok) return sendProblem(reply, report.problem)
      return reply.send(lateUseBody(report.value, clock.now()))
    },
  )

  function sendRotated(reply: FastifyReply, rotated: Result<Rotated>) {
    if (!rotated.ok) return sendProblem(reply, rotated.problem)
    const now = clock.now()
    if (rotated.value.is === 'waiting') {
      const { approval } = rotated.value
      return reply.code(202).header('location', `/v1/approvals/${approval.id}`).send(approvalBody(approval, now))
    }
    const { created, placed, repeated } = rotated.value
    reply.header('etag', versionTag(created.key.version)).header('location', `/v1/keys/${created.key.id}`)
    return reply.code(repeated ? 200 : 201).send({ ...createdBody(created, now), placed })
  }

  type Moving = Pick<FastifyRequest, 'headers'> & { readonly params: { readonly id: string } }

  function targetOf(request: Moving): Result<Target> {
    const version = checkVersion(request.headers['if-match'])
    return version.ok ? done({ id: request.params.id, version: version.value }) : version
  }
}
