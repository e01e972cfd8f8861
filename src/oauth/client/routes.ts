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
} from '../../http/index.ts'
import { clientBody, clientChangeOf, newClientOf, newSecretOf, withSecret } from './body.ts'
import type { ClientTarget } from './change.ts'
import type { OauthClient } from './client.ts'
import type { Clients } from './clients.ts'
import type { CreatedClient } from './create.ts'
import {
  ChangeClientBody,
  ClientBody,
  ClientId,
  ClientSecretId,
  CreatedClientBody,
  NewClientBody,
  NewSecretBody,
  RepeatedClientBody,
} from './schemas.ts'

const params = Type.Object({ id: ClientId })
const tags = ['clients']
const refusals = problemResponses(400, 401, 403, 404, 412)

/** Clients of the authorization server: register, list, read, change, delete, and their secrets (row O6). */
export function clientRoutes(app: ControlApp, { clients }: { clients: Clients }): void {
  app.post(
    '/v1/clients',
    {
      ...declareCaller('clients:create'),
      schema: {
        tags,
        summary: 'Register a client',
        description:
          'A confidential client that proves itself by a secret is told it here, once. It is given no more than you hold.',
        headers: idempotencyHeaders,
        body: NewClientBody,
        response: { 201: CreatedClientBody, 200: RepeatedClientBody, ...problemResponses(400, 401, 403, 404, 422) },
      },
    },
    async (request, reply) => {
      const made = await clients.create(newClientOf(request.body), request.caller, idempotencyOf(request))
      if (made.ok) reply.header('location', `/v1/clients/${made.value.client.id}`)
      return sendSecret(reply, made)
    },
  )

  app.get(
    '/v1/clients',
    {
      ...declareCaller('clients:read'),
      schema: {
        tags,
        summary: 'List clients, newest first',
        querystring: Type.Object(pageQuery, { additionalProperties: false }),
        response: { 200: pageOf(ClientBody), ...problemResponses(400, 401, 403) },
      },
    },
    async (request, reply) => {
      const page = await readPage(request.query, (part) => clients.list(part, request.caller))
      if (!page.ok) return sendProblem(reply, page.problem)
      return reply.send({ items: page.value.items.map(clientBody), nextCursor: page.value.nextCursor })
    },
  )

  app.get(
    '/v1/clients/:id',
    {
      ...declareCaller('clients:read'),
      schema: {
        tags,
        summary: 'Read a client',
        params,
        response: { 200: ClientBody, ...problemResponses(400, 401, 403, 404) },
      },
    },
    async (request, reply) => sendClient(reply, await clients.get(request.params.id, request.caller)),
  )

  app.patch(
    '/v1/clients/:id',
    {
      ...declareCaller('clients:update'),
      schema: {
        tags,
        summary: 'Change, disable or enable a client',
        description:
          'What is not named stays. A disabled client is refused everywhere within a second, and what was issued to it ends. A client that proves itself by something else from now on loses its secrets.',
        params,
        body: ChangeClientBody,
        response: { 200: ClientBody, ...refusals },
      },
    },
    async (request, reply) => {
      const target = targetOf(request)
      if (!target.ok) return sendProblem(reply, target.problem)
      return sendClient(reply, await clients.change(target.value, clientChangeOf(request.body), request.caller))
    },
  )

  app.delete(
    '/v1/clients/:id',
    {
      ...declareCaller('clients:delete'),
      schema: {
        tags,
        summary: 'Delete a client for good',
        params,
        response: { 204: Type.Null(), ...refusals },
      },
    },
    async (request, reply) => {
      const target = targetOf(request)
      return noContent(reply, target.ok ? await clients.remove(target.value, request.caller) : target)
    },
  )

  app.post(
    '/v1/clients/:id/secrets',
    {
      ...optionalBody,
      ...declareCaller('clients:update'),
      schema: {
        tags,
        summary: 'Add a secret to a client',
        description:
          'Both secrets are valid until the older one is revoked or ends, so that nothing stands still while one replaces the other. A third is refused: 409 `CLIENT_SECRETS_FULL`.',
        headers: idempotencyHeaders,
        params,
        body: NewSecretBody,
        response: {
          201: CreatedClientBody,
          200: RepeatedClientBody,
          ...problemResponses(400, 401, 403, 404, 409, 412, 422),
        },
      },
    },
    async (request, reply) => {
      const target = targetOf(request)
      if (!target.ok) return sendProblem(reply, target.problem)
      const wish = newSecretOf(request.body)
      return sendSecret(reply, await clients.addSecret(target.value, wish, request.caller, idempotencyOf(request)))
    },
  )

  app.delete(
    '/v1/clients/:id/secrets/:secret',
    {
      ...declareCaller('clients:update'),
      schema: {
        tags,
        summary: 'Revoke a secret of a client',
        params: Type.Object({ id: ClientId, secret: ClientSecretId }),
        response: { 200: ClientBody, ...refusals },
      },
    },
    async (request, reply) => {
      const target = targetOf(request)
      if (!target.ok) return sendProblem(reply, target.problem)
      return sendClient(reply, await clients.revokeSecret(target.value, request.params.secret, request.caller))
    },
  )
}

type Changing = {
  readonly headers: Readonly<Record<string, unknown>>
  readonly params: { readonly id: string }
}

function targetOf({ headers, params: { id } }: Changing): Result<ClientTarget> {
  const tag = headers['if-match']
  const version = checkVersion(typeof tag === 'string' ? tag : undefined)
  return version.ok ? { ok: true, value: { id, version: version.value } } : version
}

function sendClient(reply: FastifyReply, result: Result<OauthClient>) {
  if (!result.ok) return sendProblem(reply, result.problem)
  return reply.header('etag', versionTag(result.value.version)).send(clientBody(result.value))
}

function sendSecret(reply: FastifyReply, result: Result<CreatedClient>) {
  if (!result.ok) return sendProblem(reply, result.problem)
  const { client, repeated } = result.value
  return reply
    .header('etag', versionTag(client.version))
    .code(repeated ? 200 : 201)
    .send(withSecret(result.value))
}
