import type { Caller } from '../../core/index.ts'
import type { IdentityDeps } from '../deps.ts'
import { tablesOf } from '../tables.ts'
import { endSessions, sessionIdOf } from './sessions.ts'
import { findSession } from './store.ts'

/** Ends the session that a caller is in. @returns whether there was one */
export async function endSession(deps: IdentityDeps, caller: Caller, reason: string): Promise<boolean> {
  const id = sessionIdOf(caller.principal)
  if (id === null) return false
  return deps.store.write(async (tx) => {
    const session = await findSession(tablesOf(tx), id)
    return session !== null && (await endSessions(deps, tx, [session], { caller, reason })) > 0
  })
}
