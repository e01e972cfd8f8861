import type { FastifyReply } from 'fastify'
import { type Result, Type } from '../../core/index.ts'
import {
  type ControlApp,
  declareCaller,
  optionalBody,
  pageOf,
  pageQuery,
  problemResponses,
  readPage,
  sendProblem,
} from '../../http/index.ts'
import type { Approval } from '../rotation/approval.ts'
import type { KeyRouteDeps } from './deps.ts'
import { approvalBody } from './rotation-body.ts'
import { ApprovalBody, ApprovalId, ApprovalStateWord } from './rotation-schemas.ts'
import { KeyId, ReasonBody } from './schemas.ts'

const params = Type.Object({ id: ApprovalId })
const tags = ['approvals']
const refusals = problemResponses(400, 401, 403, 404)
const readers = declareCaller('keys:approve', 'keys:create', 'keys:manage')

/** What waits for another person: list, read, approve, reject (row K23). */
export function approvalRoutes(app: ControlApp, { keys, clock }: KeyRouteDeps): void {
  const { rotations } = keys

  app.get(
    '/v1/approvals',
    {
      ...readers,
      schema: {
        tags,
        summary: 'List approvals, newest first',
        description: 'With keys:approve or keys:manage those of the organization, otherwise what you asked for.',
        querystring: Type.Object(
          { ...pageQuery, state: Type.Optional(ApprovalStateWord), key: Type.Optional(KeyId) },
          { additionalProperties: false },
        ),
        response: { 200: pageOf(ApprovalBody), ...problemResponses(400, 401, 403) },
      },
    },
    async (request, reply) => {
      const { limit, cursor, state, key } = request.query
      const filter = { ...(state === undefined ? {} : { state }), ...(key === undefined ? {} : { subject: key }) }
      const page = await readPage({ limit, cursor }, (part) => rotations.approvals(filter, part, request.caller))
      if (!page.ok) return sendProblem(reply, page.problem)
      const { items, nextCursor } = page.value
      return reply.send({ items: items.map((it) => approvalBody(it, clock.now())), nextCursor })
    },
  )

  app.get(
    '/v1/approvals/:id',
    {
      ...readers,
      schema: { tags, summary: 'Read an approval', params, response: { 200: ApprovalBody, ...refusals } },
    },
    async (request, reply) => sendApproval(reply, await rotations.approval(request.params.id, request.caller)),
  )

  app.post(
    '/v1/approvals/:id/approve',
    {
      ...optionalBody,
      ...declareCaller('keys:approve'),
      schema: {
        tags,
        summary: 'Approve what another person asked for',
        description: 'Whoever asked cannot approve. It has to be used within 72 hours.',
        params,
        body: ReasonBody,
        response: { 200: ApprovalBody, ...refusals, ...problemResponses(409) },
      },
    },
    async (request, reply) =>
      sendApproval(
        reply,
        await rotations.decide(request.params.id, 'approved', request.body.reason ?? null, request.caller),
      ),
  )

  app.post(
    '/v1/approvals/:id/reject',
    {
      ...optionalBody,
      ...declareCaller('keys:approve'),
      schema: {
        tags,
        summary: 'Reject what another person asked for',
        params,
        body: ReasonBody,
        response: { 200: ApprovalBody, ...refusals, ...problemResponses(409) },
      },
    },
    async (request, reply) =>
      sendApproval(
        reply,
        await rotations.decide(request.params.id, 'rejected', request.body.reason ?? null, request.caller),
      ),
  )

  function sendApproval(reply: FastifyReply, approval: Result<Approval>) {
    if (!approval.ok) return sendProblem(reply, approval.problem)
    return reply.send(approvalBody(approval.value, clock.now()))
  }
}
