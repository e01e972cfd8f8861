import type { Authentication, Authenticator, Problem, Request } from '../../core/index.ts'
import { refuseIdentity } from '../problems.ts'
import { clearCookie, readCookie, SESSION_COOKIE } from './cookie.ts'
import type { SessionDirectory } from './directory.ts'
import type { SessionEntry } from './entry.ts'
import { isOwnOrigin } from './origin.ts'

/** The authenticator that sessions lend: a cookie of ours, and for changes a page of ours (row I9). */
export function createSessionAuthenticator(deps: {
  directory: SessionDirectory
  origins: ReadonlySet<string>
  used: (entry: SessionEntry, request: Request) => Problem | null
}): Authenticator {
  return Object.freeze({ name: 'session', authenticate })

  function authenticate(request: Request): Authentication | Promise<Authentication> {
    const token = readCookie(request.header('cookie'), SESSION_COOKIE)
    if (token === null) return ABSENT
    if (token === 'ambiguous') return OVER
    const found = deps.directory.find(token)
    if (!(found instanceof Promise)) return decide(request, found)
    return found.then((entry) => decide(request, entry), unavailable)
  }

  function decide(request: Request, entry: SessionEntry | null): Authentication {
    if (entry === null) return OVER
    const { principal, session } = entry
    const problem = isOwnOrigin(request, deps.origins) ? deps.used(entry, request) : refuseIdentity('ORIGIN_REFUSED')
    if (problem !== null) return { is: 'refused', problem, credential: session.id, principal }
    return { is: 'known', principal, spent: NOTHING }
  }
}

function unavailable(error: unknown): Authentication {
  const reason = error instanceof Error ? error.message : 'unknown'
  return { is: 'refused', problem: refuseIdentity('SESSIONS_UNAVAILABLE', { retryAfter: 5, reason }) }
}

const NOTHING = Object.freeze({ headers: Object.freeze([]), query: Object.freeze([]) })
const ABSENT: Authentication = Object.freeze({ is: 'absent' })
const OVER: Authentication = Object.freeze({
  is: 'refused',
  problem: refuseIdentity('SESSION_ENDED', { headers: { 'set-cookie': clearCookie(SESSION_COOKIE) } }),
})
