import { type Caller, done, type Problem, type Result, refused } from '../../core/index.ts'
import { refuseHttp } from '../../http/index.ts'
import type { Transaction } from '../../store/index.ts'
import type { IdentityDeps } from '../deps.ts'
import { withdrawTrust } from '../device/store.ts'
import { retirePassword } from '../password/store.ts'
import { mailReset } from '../person/forgot.ts'
import { holdSubject } from '../person/member.ts'
import type { Person } from '../person/person.ts'
import { updatePerson } from '../person/store.ts'
import { tellAbout } from '../person/tell.ts'
import { refuseIdentity } from '../problems.ts'
import { endSessionsOf } from '../session/sessions.ts'
import { freshProblem } from '../session/step-up.ts'
import { deleteSignInsOf } from '../sign-in/store.ts'
import { tablesOf } from '../tables.ts'
import { deleteTicketsOf } from '../ticket/store.ts'
import type { Recovery } from './recovery.ts'
import { endRecovery, openRecoveryOf } from './store.ts'

/**
 * Finishes a recovery once its wait is over: second factors and the password are gone, every session ends, and a link
 * to choose a password goes to the person's mailbox, so that no single secret that somebody else may have is enough.
 *
 * Errors: `USER_UNKNOWN`, `USER_ELSEWHERE`, `USER_OUTRANKS`, `RECOVERY_UNKNOWN`, `RECOVERY_TOO_EARLY`,
 * `RECOVERY_FOUR_EYES`, `STEP_UP_REQUIRED`.
 */
export function createRecoveryFinish(deps: IdentityDeps) {
  return async (id: string, recoveryId: string, caller: Caller): Promise<Result<null>> => {
    const stale = await freshProblem(deps, caller)
    if (stale !== null) return refused(stale)
    return deps.store.write(async (tx) => {
      const held = await holdSubject(deps, tx, id, caller)
      if (!held.ok) return held
      const now = deps.clock.now()
      const open = await openRecoveryOf(tablesOf(tx), id, now)
      if (open?.id !== recoveryId) return refused(refuseIdentity('RECOVERY_UNKNOWN'))
      const problem = finishProblem(deps, open, caller)
      if (problem !== null) return refused(problem)
      if (!(await endRecovery(tx, open.id, now))) return refused(refuseIdentity('RECOVERY_UNKNOWN'))
      return recover(deps, tx, held.value.person, open, caller)
    })
  }
}

function finishProblem({ clock, settings }: IdentityDeps, recovery: Recovery, { principal }: Caller): Problem | null {
  const left = recovery.readyAt - clock.now()
  if (left > 0) return refuseIdentity('RECOVERY_TOO_EARLY', { retryAfter: Math.ceil(left / 1000) })
  const same = settings.recovery.fourEyes && principal.id === recovery.createdBy
  return same ? refuseIdentity('RECOVERY_FOUR_EYES') : null
}

async function recover(
  deps: IdentityDeps,
  tx: Transaction,
  person: Person,
  recovery: Recovery,
  caller: Caller,
): Promise<Result<null>> {
  const now = deps.clock.now()
  const factors = await removeFactors(tx, person)
  const stamp = { changedAt: now, changedBy: caller.principal.id, version: person.version + 1 }
  const next: Person = { ...person, phone: null, phoneVerifiedAt: null, ...stamp }
  if (!(await updatePerson(tx, next, person.version))) return refused(refuseHttp('VERSION_STALE'))
  await retirePassword(tx, person.id, now, deps.settings.passwords.history)
  await withdrawTrust(tx, person.id, now)
  await endSessionsOf(deps, tx, person.id, { caller, reason: 'the account was recovered' })
  await deleteSignInsOf(tx, person.id)
  await deleteTicketsOf(tx, person.id)
  await tx.announce('user', person.id)
  const details = { recovery: recovery.id, factors }
  await tellAbout(deps, tx, person, caller, { type: 'recovery.finished', outcome: 'success', details })
  await tellDone(deps, tx, next)
  return done(null)
}

/** @returns the kinds that were removed, for the record */
async function removeFactors(tx: Transaction, { id, phone, phoneVerifiedAt }: Person): Promise<string> {
  const db = tablesOf(tx)
  const apps = await db.deleteFrom('factor').where('person_id', '=', id).returning('kind').execute()
  const passkeys = await db.deleteFrom('passkey').where('person_id', '=', id).returning('id').execute()
  const codes = await db.deleteFrom('backup_code').where('person_id', '=', id).returning('digest').execute()
  await db.deleteFrom('key_window').where('person_id', '=', id).execute()
  const kinds = [
    ...apps.map(({ kind }) => kind),
    ...passkeys.map(() => 'passkey'),
    ...(codes.length > 0 ? ['backup_code'] : []),
    ...(phone !== null && phoneVerifiedAt !== null ? ['sms'] : []),
  ]
  return [...new Set(kinds)].sort().join(' ')
}

async function tellDone(deps: IdentityDeps, tx: Transaction, person: Person): Promise<void> {
  const { name, email, language, organization } = person
  await deps.notices.mail(tx, { to: [email], template: 'recovery_done', data: { name }, language, organization })
  await mailReset(deps, tx, person)
}
