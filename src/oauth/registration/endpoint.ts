import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Secret } from '../../core/index.ts'
import type { ControlApp } from '../../http/index.ts'
import type { OauthClient } from '../client/client.ts'
import { metadataOf } from '../client/client-metadata.ts'
import { ENDPOINTS } from '../provider/routes-table.ts'
import type { RegistrationManagement } from './manage.ts'
import type { Answer, Refusal } from './refusal.ts'
import { refuse } from './refusal.ts'
import type { createRegister } from './register.ts'
import type { Metadata } from './stranger.ts'

const MOST_BYTES = 64 * 1024
const open = { config: { permission: 'public', caller: 'session' } as const, schema: { hide: true } }
const one = `${ENDPOINTS.registration}/:id`

export type RegistrationEndpointDeps = {
  readonly issuer: string
  readonly register: ReturnType<typeof createRegister>
  readonly management: RegistrationManagement
}

/** Where clients register themselves, and look after themselves (RFC 7591, RFC 7592). Answers are the standards'. */
export function registrationEndpoint(deps: RegistrationEndpointDeps): (app: ControlApp) => Promise<void> {
  const { register, management } = deps
  return async (app) => {
    // Nobody is known by a cookie here, so pages of everybody may ask.
    app.addHook('onRequest', async (_request, reply) => {
      reply.header('access-control-allow-origin', '*').header('cache-control', 'no-store')
    })
    app.setErrorHandler(async (error: { statusCode?: number }, _request, reply) => {
      if ((error.statusCode ?? 500) >= 500) throw error
      return send(reply, refuse(400, 'invalid_client_metadata', 'the body must be JSON').refusal)
    })
    for (const url of [ENDPOINTS.registration, one]) app.options(url, open, async (_request, reply) => preflight(reply))

    app.post(ENDPOINTS.registration, { ...open, bodyLimit: MOST_BYTES }, async (request, reply) => {
      const sent = metadataIn(request)
      const made = sent.ok ? await register(sent.value, bearerOf(request), request.caller) : sent
      if (!made.ok) return send(reply, made.refusal)
      return reply.code(201).send(describe(made.value.client, made.value))
    })
    app.get<{ Params: { id: string } }>(one, open, async (request, reply) => {
      const bearer = bearerOf(request)
      const found = await management.read(request.params.id, bearer)
      if (!found.ok) return send(reply, found.refusal)
      return reply.send(describe(found.value.client, { token: bearer, sector: found.value.sector }))
    })
    app.put<{ Params: { id: string } }>(one, { ...open, bodyLimit: MOST_BYTES }, async (request, reply) => {
      const sent = metadataIn(request)
      const { id } = request.params
      const changed = sent.ok ? await management.update(id, bearerOf(request), sent.value, request.caller) : sent
      return changed.ok ? reply.send(describe(changed.value.client, changed.value)) : send(reply, changed.refusal)
    })
    app.delete<{ Params: { id: string } }>(one, open, async (request, reply) => {
      const removed = await management.remove(request.params.id, bearerOf(request), request.caller)
      return removed.ok ? reply.code(204).send() : send(reply, removed.refusal)
    })
  }

  type Told = {
    readonly token: Secret | string | null
    readonly secret?: Secret | null
    readonly sector: string | null
  }

  // RFC 7591, section 3.2.1.
  function describe(client: OauthClient, { token, secret, sector }: Told) {
    const { client_secret: _, ...metadata } = metadataOf(client)
    const told = secret == null ? {} : { client_secret: secret.reveal(), client_secret_expires_at: 0 }
    return {
      ...metadata,
      ...told,
      ...(sector === null ? {} : { sector_identifier_uri: sector }),
      registration_client_uri: `${deps.issuer}${ENDPOINTS.registration}/${client.id}`,
      registration_access_token: typeof token === 'string' || token === null ? token : token.reveal(),
    }
  }
}

function metadataIn({ body }: FastifyRequest): Answer<Metadata> {
  const isObject = typeof body === 'object' && body !== null && !Array.isArray(body)
  return isObject
    ? { ok: true, value: body as Metadata }
    : refuse(400, 'invalid_client_metadata', 'the body must be a JSON object')
}

function bearerOf({ headers }: FastifyRequest): string | null {
  return /^Bearer ([\x21-\x7e]{1,512})$/i.exec(headers.authorization ?? '')?.[1] ?? null
}

function send(reply: FastifyReply, { status, error, description, retryAfter }: Refusal) {
  if (status === 401) reply.header('www-authenticate', `Bearer error="${error}"`)
  if (retryAfter !== undefined) reply.header('retry-after', String(retryAfter))
  return reply.code(status).send({ error, error_description: description })
}

function preflight(reply: FastifyReply) {
  const methods = 'GET, POST, PUT, DELETE'
  const headers = {
    'access-control-allow-methods': methods,
    'access-control-allow-headers': 'authorization, content-type',
  }
  return reply.headers(headers).code(204).send()
}
