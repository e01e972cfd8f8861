import { actorOf, type Caller, done, organizationOf, type Result, refused } from '../../core/index.ts'
import type { Transaction } from '../../store/index.ts'
import { heldFaults } from '../faults.ts'
import { refuseAccess } from '../problems.ts'
import type { GrantDeps } from './deps.ts'
import { wordsOf } from './give.ts'
import { type Grant, grantsOf, isWorking } from './grant.ts'
import { endGrants, findGrant, grantTables } from './store.ts'

/** Ends a grant; see `Given.end`. */
export function createEnd(deps: GrantDeps) {
  return async (id: string, caller: Caller): Promise<Result<Grant>> => {
    const stale = await deps.freshProblem(caller)
    if (stale !== null) return refused(stale)
    const ended = await deps.store.write((tx) => endWithin(deps, tx, id, caller))
    if (ended.ok) await deps.memory.reload(ended.value.principal.id)
    return ended
  }
}

async function endWithin(deps: GrantDeps, tx: Transaction, id: string, caller: Caller): Promise<Result<Grant>> {
  const organization = organizationOf(caller)
  const now = deps.clock.now()
  const grant = await findGrant(grantTables(tx), organization, id)
  if (grant === null || !isWorking(grant, now)) return refused(refuseAccess('GRANT_UNKNOWN'))
  const isTheirs = grant.principal.id === caller.principal.id
  const exceeded = isTheirs ? [] : heldFaults(caller.principal, deps.access.holdingOf(organization, grantsOf(grant)))
  if (exceeded.length > 0) return refused(refuseAccess('GRANT_BEYOND_YOU', { errors: exceeded }))
  const [ended] = await endGrants(tx, { organization, id }, { at: now, id: caller.principal.id })
  if (ended === undefined) return refused(refuseAccess('GRANT_UNKNOWN'))
  await deps.weaken(tx, [ended.principal], caller)
  const event = { type: 'grant.ended', outcome: 'success', resource: id } as const
  await deps.audit.append(tx, { ...actorOf(caller), ...event, details: wordsOf(ended) })
  return done(ended)
}
