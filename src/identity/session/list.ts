import { type Caller, done, type Result, refused } from '../../core/index.ts'
import type { IdentityDeps } from '../deps.ts'
import { refuseIdentity } from '../problems.ts'
import { tablesOf } from '../tables.ts'
import { isOver, type Session } from './session.ts'
import { endSessions, endSessionsOf, sessionIdOf } from './sessions.ts'
import { findSession, sessionsOf } from './store.ts'

/** What a person sees and ends of their own sessions (row I9). */
export type OwnSessions = {
  /** Newest first; what is over is not shown. */
  readonly list: (caller: Caller) => Promise<Session[]>
  /** Errors: `SESSION_UNKNOWN`, for those of other people too. */
  readonly end: (id: string, caller: Caller) => Promise<Result<null>>
  /** Ends all of them, or all but the one that asks. @returns how many */
  readonly endAll: (which: 'others' | 'all', caller: Caller) => Promise<number>
}

export function createOwnSessions(deps: IdentityDeps): OwnSessions {
  const { store, clock } = deps

  const list: OwnSessions['list'] = async ({ principal }) => {
    const now = clock.now()
    return (await sessionsOf(tablesOf(store), principal.id)).filter((session) => !isOver(session, now))
  }

  const end: OwnSessions['end'] = (id, caller) =>
    store.write(async (tx) => {
      const session = await findSession(tablesOf(tx), id)
      if (session?.personId !== caller.principal.id) return refused(refuseIdentity('SESSION_UNKNOWN'))
      const ended = await endSessions(deps, tx, [session], { caller, reason: 'ended by its person' })
      return ended === 1 ? done(null) : refused(refuseIdentity('SESSION_UNKNOWN'))
    })

  const endAll: OwnSessions['endAll'] = (which, caller) =>
    store.write((tx) => {
      const but = which === 'others' ? sessionIdOf(caller.principal) : null
      return endSessionsOf(deps, tx, caller.principal.id, { caller, reason: 'ended by its person', but })
    })

  return Object.freeze({ list, end, endAll })
}
