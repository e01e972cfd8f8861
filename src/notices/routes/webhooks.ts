import type { FastifyReply } from 'fastify'
import { type Result, Type } from '../../core/index.ts'
import {
  type ControlApp,
  checkVersion,
  declareCaller,
  idempotencyHeaders,
  idempotencyOf,
  noContent,
  optionalBody,
  pageOf,
  pageQuery,
  problemResponses,
  readPage,
  sendProblem,
  versionTag,
  withExample,
} from '../../http/index.ts'
import type { WebhookTarget } from '../change-webhook.ts'
import type { Notices } from '../notices.ts'
import type { Webhook } from '../webhook.ts'
import { createdWebhookBody, webhookBody } from './bodies.ts'
import {
  ChangeWebhookBody,
  CreatedWebhookBody,
  NewWebhookBody,
  RotateSecretBody,
  WebhookBody,
  WebhookId,
} from './schemas.ts'

const params = Type.Object({ id: WebhookId })
const tags = ['webhooks']
const refusals = problemResponses(400, 401, 403, 404, 412)
const DAY_SECONDS = 86_400
const NamesBody = withExample(Type.Object({ items: Type.Array(Type.String()), nextCursor: Type.Null() }), {
  items: ['key.created', 'key.revoked'],
  nextCursor: null,
})

/** Webhooks: make, list, read, change, remove, and give them a new secret (row K25). */
export function webhookRoutes(app: ControlApp, { notices }: { readonly notices: Notices }): void {
  const { webhooks } = notices

  app.post(
    '/v1/webhooks',
    {
      ...declareCaller('notices:manage'),
      schema: {
        tags,
        summary: 'Make a webhook',
        description:
          'Events are posted as `{ type, timestamp, data }`, signed by the Standard Webhooks specification. The secret is shown once.',
        headers: idempotencyHeaders,
        body: NewWebhookBody,
        response: { 201: CreatedWebhookBody, 200: CreatedWebhookBody, ...problemResponses(400, 401, 403, 409, 422) },
      },
    },
    async (request, reply) => {
      const { sample = 1, contacts = [], ...input } = request.body
      const made = await webhooks.create({ ...input, sample, contacts }, request.caller, idempotencyOf(request))
      if (!made.ok) return sendProblem(reply, made.problem)
      const { webhook, secret } = made.value
      reply.header('etag', versionTag(webhook.version)).header('location', `/v1/webhooks/${webhook.id}`)
      return reply.code(secret === null ? 200 : 201).send(createdWebhookBody(made.value))
    },
  )

  app.get(
    '/v1/webhooks',
    {
      ...declareCaller('notices:read', 'notices:manage'),
      schema: {
        tags,
        summary: 'List webhooks, newest first',
        querystring: Type.Object(pageQuery, { additionalProperties: false }),
        response: { 200: pageOf(WebhookBody), ...problemResponses(400, 401, 403) },
      },
    },
    async (request, reply) => {
      const page = await readPage(request.query, (part) => webhooks.list(part, request.caller))
      if (!page.ok) return sendProblem(reply, page.problem)
      return reply.send({ items: page.value.items.map(webhookBody), nextCursor: page.value.nextCursor })
    },
  )

  app.get(
    '/v1/webhooks/events',
    {
      ...declareCaller('notices:read', 'notices:manage'),
      schema: {
        tags,
        summary: 'List the events that a webhook may ask for',
        response: {
          200: NamesBody,
          ...problemResponses(401, 403),
        },
      },
    },
    async (_request, reply) => reply.send({ items: [...webhooks.names], nextCursor: null }),
  )

  app.get(
    '/v1/webhooks/:id',
    {
      ...declareCaller('notices:read', 'notices:manage'),
      schema: {
        tags,
        summary: 'Read a webhook',
        params,
        response: { 200: WebhookBody, ...problemResponses(400, 401, 403, 404) },
      },
    },
    async (request, reply) => sendWebhook(reply, await webhooks.get(request.params.id, request.caller)),
  )

  app.patch(
    '/v1/webhooks/:id',
    {
      ...declareCaller('notices:manage'),
      schema: {
        tags,
        summary: 'Change, disable or enable a webhook',
        description:
          'An enabled webhook is told what happens from then on; what happened meanwhile it does not hear of.',
        params,
        body: ChangeWebhookBody,
        response: { 200: WebhookBody, ...refusals },
      },
    },
    async (request, reply) => {
      const target = targetOf(request)
      if (!target.ok) return sendProblem(reply, target.problem)
      return sendWebhook(reply, await webhooks.change(target.value, request.body, request.caller))
    },
  )

  app.delete(
    '/v1/webhooks/:id',
    {
      ...declareCaller('notices:manage'),
      schema: {
        tags,
        summary: 'Remove a webhook and its deliveries',
        params,
        response: { 204: Type.Null(), ...refusals },
      },
    },
    async (request, reply) => {
      const target = targetOf(request)
      if (!target.ok) return sendProblem(reply, target.problem)
      return noContent(reply, await webhooks.remove(target.value, request.caller))
    },
  )

  app.post(
    '/v1/webhooks/:id/rotate-secret',
    {
      ...declareCaller('notices:manage'),
      ...optionalBody,
      schema: {
        tags,
        summary: 'Give a webhook a new secret',
        description: 'For a while both secrets sign. The new one is shown once.',
        params,
        body: RotateSecretBody,
        response: { 200: CreatedWebhookBody, ...refusals },
      },
    },
    async (request, reply) => {
      const target = targetOf(request)
      if (!target.ok) return sendProblem(reply, target.problem)
      const overlapMs = (request.body.overlapSeconds ?? DAY_SECONDS) * 1000
      const made = await webhooks.rotateSecret(target.value, overlapMs, request.caller)
      if (!made.ok) return sendProblem(reply, made.problem)
      return reply.header('etag', versionTag(made.value.webhook.version)).send(createdWebhookBody(made.value))
    },
  )
}

type Targeted = {
  readonly params: { readonly id: string }
  readonly headers: { readonly 'if-match'?: string | undefined }
}

function targetOf({ params: { id }, headers }: Targeted): Result<WebhookTarget> {
  const version = checkVersion(headers['if-match'])
  return version.ok ? { ok: true, value: { id, version: version.value } } : version
}

function sendWebhook(reply: FastifyReply, result: Result<Webhook>) {
  if (!result.ok) return sendProblem(reply, result.problem)
  return reply.header('etag', versionTag(result.value.version)).send(webhookBody(result.value))
}
