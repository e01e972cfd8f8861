import { Type } from '../../core/index.ts'
import {
  type ControlApp,
  declareCaller,
  pageOf,
  pageQuery,
  problemResponses,
  readPage,
  sendProblem,
} from '../../http/index.ts'
import { DELIVERY_STATUSES } from '../delivery.ts'
import type { Notices } from '../notices.ts'
import { deliveryBody } from './bodies.ts'
import { DeliveryBody, DeliveryId, oneOf, WebhookId } from './schemas.ts'

const tags = ['webhooks']

/** What webhooks were told: the log, a test, and once more. */
export function deliveryRoutes(app: ControlApp, { notices }: { readonly notices: Notices }): void {
  const { webhooks } = notices

  app.get(
    '/v1/webhooks/:id/deliveries',
    {
      ...declareCaller('notices:read', 'notices:manage'),
      schema: {
        tags,
        summary: 'List the deliveries of a webhook, newest first',
        params: Type.Object({ id: WebhookId }),
        querystring: Type.Object(
          { ...pageQuery, status: Type.Optional(oneOf(DELIVERY_STATUSES)) },
          { additionalProperties: false },
        ),
        response: { 200: pageOf(DeliveryBody), ...problemResponses(400, 401, 403, 404) },
      },
    },
    async (request, reply) => {
      const { status, ...query } = request.query
      const { params, caller } = request
      const webhook = await webhooks.get(params.id, caller)
      if (!webhook.ok) return sendProblem(reply, webhook.problem)
      const page = await readPage(query, (part) => webhooks.deliveries(params.id, { status }, part, caller))
      if (!page.ok) return sendProblem(reply, page.problem)
      return reply.send({ items: page.value.items.map(deliveryBody), nextCursor: page.value.nextCursor })
    },
  )

  app.post(
    '/v1/webhooks/:id/test',
    {
      ...declareCaller('notices:manage'),
      schema: {
        tags,
        summary: 'Send a test to a webhook, and wait for the answer',
        description: 'Tried once, enabled or not. The `type` is `webhook.test`.',
        params: Type.Object({ id: WebhookId }),
        response: { 200: DeliveryBody, ...problemResponses(400, 401, 403, 404) },
      },
    },
    async (request, reply) => {
      const tested = await webhooks.test(request.params.id, request.caller)
      return tested.ok ? reply.send(deliveryBody(tested.value)) : sendProblem(reply, tested.problem)
    },
  )

  app.post(
    '/v1/webhooks/deliveries/:id/resend',
    {
      ...declareCaller('notices:manage'),
      schema: {
        tags,
        summary: 'Deliver once more',
        description: 'With the same `webhook-id`, so that a receiver that had it knows it again.',
        params: Type.Object({ id: DeliveryId }),
        response: { 202: DeliveryBody, ...problemResponses(400, 401, 403, 404, 409) },
      },
    },
    async (request, reply) => {
      const resent = await webhooks.resend(request.params.id, request.caller)
      return resent.ok ? reply.code(202).send(deliveryBody(resent.value)) : sendProblem(reply, resent.problem)
    },
  )
}
