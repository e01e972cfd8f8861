import type { FastifyReply, FastifyRequest } from 'fastify'
import { done, type Result, Type } from '../../core/index.ts'
import {
  answer,
  type ControlApp,
  checkVersion,
  declareCaller,
  optionalBody,
  problemResponses,
  sendProblem,
  versionTag,
  withExample,
} from '../../http/index.ts'
import type { Target } from '../change.ts'
import type { Key } from '../key.ts'
import { keyBody } from './body.ts'
import type { KeyRouteDeps } from './deps.ts'
import { KeyBody, KeyId, OwnerId, ReasonBody, ServiceId, TagText } from './schemas.ts'

const params = Type.Object({ id: KeyId })
const tags = ['keys']
const refusals = problemResponses(400, 401, 403, 404, 409, 412)

/** What happens to a key after its creation (row K16). */
export function lifeRoutes(app: ControlApp, { keys, clock }: KeyRouteDeps): void {
  app.delete(
    '/v1/keys/:id',
    {
      ...optionalBody,
      ...declareCaller('keys:revoke', 'keys:manage'),
      schema: {
        tags,
        summary: 'Revoke a key for good',
        params,
        body: ReasonBody,
        response: { 200: KeyBody, ...refusals },
      },
    },
    async (request, reply) =>
      move(request, reply, (target) => keys.revoke(target, request.body.reason ?? null, request.caller)),
  )

  app.post(
    '/v1/keys/:id/suspend',
    {
      ...optionalBody,
      ...declareCaller('keys:update', 'keys:manage'),
      schema: {
        tags,
        summary: 'Suspend a key',
        params,
        body: ReasonBody,
        response: { 200: KeyBody, ...refusals },
      },
    },
    async (request, reply) =>
      move(request, reply, (target) => keys.suspend(target, request.body.reason ?? null, request.caller)),
  )

  app.post(
    '/v1/keys/:id/resume',
    {
      ...declareCaller('keys:update', 'keys:manage'),
      schema: { tags, summary: 'Resume a suspended key', params, response: { 200: KeyBody, ...refusals } },
    },
    async (request, reply) => move(request, reply, (target) => keys.resume(target, request.caller)),
  )

  app.post(
    '/v1/keys/revoke',
    {
      ...declareCaller('keys:manage'),
      schema: {
        tags,
        summary: 'Revoke all keys of an owner, of a service, or with a tag',
        body: Type.Union(
          [
            Type.Object({ owner: OwnerId, ...ReasonBody.properties }, { additionalProperties: false }),
            Type.Object({ service: ServiceId, ...ReasonBody.properties }, { additionalProperties: false }),
            Type.Object({ tag: TagText, ...ReasonBody.properties }, { additionalProperties: false }),
          ],
          { examples: [{ tag: 'billing', reason: 'the service is gone' }] },
        ),
        response: {
          200: withExample(Type.Object({ revoked: Type.Integer() }), { revoked: 3 }),
          ...problemResponses(400, 401, 403),
        },
      },
    },
    async (request, reply) => {
      const { body } = request
      const by =
        'owner' in body ? { ownerId: body.owner } : 'service' in body ? { serviceId: body.service } : { tag: body.tag }
      return reply.send({ revoked: await keys.revokeMany(by, body.reason ?? null, request.caller) })
    },
  )

  type Moving = Pick<FastifyRequest, 'headers'> & { readonly params: { readonly id: string } }

  async function move(request: Moving, reply: FastifyReply, verb: (target: Target) => Promise<Result<Key>>) {
    const target = targetOf(request)
    if (!target.ok) return sendProblem(reply, target.problem)
    const moved = await verb(target.value)
    if (!moved.ok) return sendProblem(reply, moved.problem)
    return answer(reply.header('etag', versionTag(moved.value.version)), done(keyBody(moved.value, clock.now())))
  }

  function targetOf(request: Moving): Result<Target> {
    const version = checkVersion(request.headers['if-match'])
    return version.ok ? done({ id: request.params.id, version: version.value }) : version
  }
}
