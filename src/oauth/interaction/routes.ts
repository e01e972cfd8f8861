import type { FastifyReply, FastifyRequest } from 'fastify'
import { errors } from 'oidc-provider'
import type { ControlApp } from '../../http/index.ts'
import type { OauthClient } from '../client/client.ts'
import type { ProtocolServer } from '../provider/dispatcher.ts'
import { asCaller, sessionOf } from '../provider/own-session.ts'
import { INTERACTION } from '../provider/routes-table.ts'
import { finishConsent } from './finish.ts'
import { agree } from './grant.ts'
import { askedOf, visit } from './visit.ts'

const open = { config: { permission: 'public', caller: 'session' } as const, schema: { hide: true } }

/** The pages of an authorization request that waits for a person. */
export function interactionRoutes(deps: {
  readonly server: ProtocolServer
  readonly findClient: (id: string) => Promise<OauthClient | null>
}): (app: ControlApp) => Promise<void> {
  return async (app) => {
    app.get(`${INTERACTION}/:uid`, open, async (request, reply) => {
      const found = await standing(request, reply)
      if (found.is === 'onward') return reply.code(303).header('location', found.to).send()
      return reply.code(200).type('text/plain').send(found.waiting)
    })
    app.post(`${INTERACTION}/:uid/consent`, open, async (request, reply) => {
      const found = await standing(request, reply)
      const own = sessionOf(request.caller)
      if (found.is === 'onward') return reply.code(303).header('location', found.to).send()
      if (found.waiting !== 'consent' || own === null) return reply.code(409).send()
      const provider = deps.server.current()
      const grantId = await asCaller(request.caller, () => agree(provider, askedOf(found.interaction, own)))
      const to = await finishConsent(provider, { request: request.raw, response: reply.raw }, grantId)
      return reply.code(303).header('location', to).send()
    })
  }

  function standing(request: FastifyRequest, reply: FastifyReply) {
    const own = sessionOf(request.caller)
    const asked = { provider: deps.server.current(), request: request.raw, response: reply.raw, own }
    return asCaller(request.caller, () => visit(asked, deps.findClient))
  }
}

export const isLost = (error: unknown): boolean => error instanceof errors.SessionNotFound
