import { type Caller, done, type Result } from '../../core/index.ts'
import type { IdentityDeps } from '../deps.ts'
import { findMember } from '../person/member.ts'
import { tablesOf } from '../tables.ts'
import { createRecoveryFinish } from './finish.ts'
import type { Recovery } from './recovery.ts'
import { createRecoveryStart } from './start.ts'
import { createRecoveryCancel, createRecoveryStop } from './stop.ts'
import { openRecoveryOf } from './store.ts'

/** Helping people who lost every second factor (row I8). The verbs say what they answer. */
export type Recoveries = ReturnType<typeof createRecoveries>

export function createRecoveries(deps: IdentityDeps) {
  /** The one that is under way, or null. Errors: `USER_UNKNOWN`. */
  async function find(id: string, caller: Caller): Promise<Result<Recovery | null>> {
    const member = await findMember(tablesOf(deps.store), id, caller)
    return member.ok ? done(await openRecoveryOf(tablesOf(deps.store), id, deps.clock.now())) : member
  }

  return Object.freeze({
    find,
    start: createRecoveryStart(deps),
    stop: createRecoveryStop(deps),
    cancel: createRecoveryCancel(deps),
    finish: createRecoveryFinish(deps),
  })
}
