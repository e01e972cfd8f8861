import { type Caller, done, type Result, refused } from '../../core/index.ts'
import type { IdentityDeps } from '../deps.ts'
import type { Session } from '../session/session.ts'
import { endSessionsOf } from '../session/sessions.ts'
import { sessionsOf as findSessionsOf } from '../session/store.ts'
import { deleteSignInsOf } from '../sign-in/store.ts'
import { tablesOf } from '../tables.ts'
import { elsewhereProblem, findMember, holdSubject } from './member.ts'

/** Somebody's sessions, for administrators; see `People.sessionsOf` and `People.endSessions`. */
export function createSessionsFor(deps: IdentityDeps) {
  const { store } = deps

  async function sessionsOf(id: string, caller: Caller): Promise<Result<readonly Session[]>> {
    const member = await findMember(tablesOf(store), id, caller)
    if (!member.ok) return member
    const problem = elsewhereProblem(member.value, caller)
    return problem === null ? done(await findSessionsOf(tablesOf(store), id)) : refused(problem)
  }

  function endSessions(id: string, caller: Caller): Promise<Result<number>> {
    return store.write(async (tx) => {
      const held = await holdSubject(deps, tx, id, caller)
      if (!held.ok) return held
      await deleteSignInsOf(tx, id)
      return done(await endSessionsOf(deps, tx, id, { caller, reason: 'an administrator ended it' }))
    })
  }

  return Object.freeze({ sessionsOf, endSessions })
}
