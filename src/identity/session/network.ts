import type { Caller, Problem, Request } from '../../core/index.ts'
import type { IdentityDeps } from '../deps.ts'
import { refuseIdentity } from '../problems.ts'
import { networkOf } from '../sign-in/network.ts'
import { tablesOf } from '../tables.ts'
import type { SessionEntry } from './entry.ts'
import { endSessions } from './sessions.ts'
import { findSession, moveRow } from './store.ts'

/**
 * Notices a session that comes from another network than before (row I9): an Event, or its end where the configuration
 * demands a fresh sign-in. Told once for each change; nothing is awaited.
 */
export function createNetworkWatch(deps: IdentityDeps) {
  const { store, settings, onError } = deps
  const ends = settings.sessions.onNetworkChange === 'reauthenticate'

  return (entry: SessionEntry, request: Request): Problem | null => {
    const address = request.client.text
    // The text is compared first: it is nearly always the same.
    if (address === entry.address) return null
    const [from, to] = [networkOf(entry.address), networkOf(address)]
    entry.address = address
    if (from === to) return null
    const caller = callerOf(entry, request)
    if (!ends) {
      moved(entry, caller, { from, to }).catch(onError)
      return null
    }
    entry.stale = true
    end(entry, caller).catch(onError)
    return refuseIdentity('SESSION_ENDED', { eventCode: 'SESSION_MOVED' })
  }

  function moved(entry: SessionEntry, caller: Caller, details: { from: string; to: string }): Promise<void> {
    return store.write(async (tx) => {
      const session = await findSession(tablesOf(tx), entry.session.id)
      if (session === null || session.address === caller.address) return
      await moveRow(tx, session, { address: caller.address, country: countryOf(caller.address) })
      await deps.audit.append(tx, {
        principalKind: 'user',
        principal: session.personId,
        credential: session.id,
        organization: session.organization,
        address: caller.address,
        userAgent: caller.userAgent,
        requestId: caller.requestId,
        type: 'session.network_changed',
        outcome: 'success',
        resource: session.id,
        details,
      })
    })
  }

  async function end(entry: SessionEntry, caller: Caller): Promise<void> {
    await store.write((tx) => endSessions(deps, tx, [entry.session], { caller, reason: 'another network' }))
  }

  function countryOf(address: string | null): string | null {
    return address === null ? null : deps.countryOf(address)
  }
}

function callerOf({ principal }: SessionEntry, request: Request): Caller {
  const userAgent = request.header('user-agent') ?? null
  return { principal, address: request.client.text, userAgent, requestId: request.id }
}
