import { type Caller, done, type Result, refused } from '../../core/index.ts'
import type { IdentityDeps } from '../deps.ts'
import { holdSubject } from '../person/member.ts'
import { findPerson } from '../person/store.ts'
import { tellAbout, tellAs } from '../person/tell.ts'
import { refuseIdentity } from '../problems.ts'
import { tablesOf } from '../tables.ts'
import { deleteTicketsOf } from '../ticket/store.ts'
import { takeTicket } from '../ticket/tickets.ts'
import { endRecovery, openRecoveryOf } from './store.ts'

/** Stops a recovery by the link that its person was mailed; of many at once one does. Errors: `LINK_ENDED`. */
export function createRecoveryStop(deps: IdentityDeps) {
  return (token: string, caller: Caller): Promise<Result<null>> =>
    deps.store.write(async (tx) => {
      const ticket = await takeTicket(deps, tx, 'recovery_stop', token)
      const recovery = ticket?.rest.recovery
      const person = ticket?.personId == null ? null : await findPerson(tablesOf(tx), ticket.personId)
      const ended = recovery !== undefined && (await endRecovery(tx, recovery, deps.clock.now()))
      if (!ended || person === null) return refused(refuseIdentity('LINK_ENDED'))
      const details = { recovery, by: 'person' }
      await tellAs(deps, tx, person, caller, { type: 'recovery.stopped', outcome: 'success', details })
      return done(null)
    })
}

/** Stops a recovery as an administrator. Errors: `USER_UNKNOWN`, `USER_ELSEWHERE`, `USER_OUTRANKS`, `RECOVERY_UNKNOWN`. */
export function createRecoveryCancel(deps: IdentityDeps) {
  return (id: string, recoveryId: string, caller: Caller): Promise<Result<null>> =>
    deps.store.write(async (tx) => {
      const held = await holdSubject(deps, tx, id, caller)
      if (!held.ok) return held
      const now = deps.clock.now()
      const open = await openRecoveryOf(tablesOf(tx), id, now)
      if (open?.id !== recoveryId || !(await endRecovery(tx, recoveryId, now))) {
        return refused(refuseIdentity('RECOVERY_UNKNOWN'))
      }
      await deleteTicketsOf(tx, id, ['recovery_stop'])
      const details = { recovery: recoveryId, by: 'administrator' }
      await tellAbout(deps, tx, held.value.person, caller, { type: 'recovery.stopped', outcome: 'success', details })
      return done(null)
    })
}
