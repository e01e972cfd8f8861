import type { FastifyInstance, FastifyRequest } from 'fastify'
import { type Caller, organizationOf } from '../../core/index.ts'
import type { Scopes } from '../../store/index.ts'

/**
 * Runs every handler in the scope of the organization that its caller acts in, so that a query which forgot to say whose
 * rows it wants finds no others (row A9). What needs more declares it with the route, or says `across` where it does.
 *
 * @param deps.rulesAll whether a caller runs the installation
 */
export function scopeRequests(
  app: FastifyInstance,
  deps: { store: Scopes; rulesAll: (caller: Caller) => boolean },
): void {
  const { store, rulesAll } = deps
  // The last thing before the handler: reading the body leaves what was begun earlier.
  app.addHook('preHandler', (request, _reply, next) => {
    const reason = reasonToSeeAll(request, rulesAll)
    if (reason === null) store.within(organizationOf(request.caller), next)
    else store.across(reason, next)
  })
}

function reasonToSeeAll(request: FastifyRequest, rulesAll: (caller: Caller) => boolean): string | null {
  const { permission = 'public', rows } = request.routeOptions.config
  if (permission === 'public') return 'whose it is shows when what was presented is found'
  if (permission === 'person') return 'an account and its sessions are one in all organizations of a person'
  if (rows === 'ruled') return rulesAll(request.caller) ? 'who runs the installation sees every organization' : null
  return rows?.across ?? null
}
