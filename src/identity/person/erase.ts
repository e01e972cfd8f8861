import { type Caller, done, type Problem, type Result, refused } from '../../core/index.ts'
import { refuseHttp } from '../../http/index.ts'
import type { Transaction } from '../../store/index.ts'
import type { IdentityDeps } from '../deps.ts'
import { refuseIdentity } from '../problems.ts'
import { endSessionsOf } from '../session/sessions.ts'
import { freshProblem } from '../session/step-up.ts'
import type { SignInGuard } from '../sign-in/guard.ts'
import { tablesOf } from '../tables.ts'
import { eraseRows } from './erase-rows.ts'
import { lastAdminProblem } from './last-admin.ts'
import { holdSubject } from './member.ts'
import { emailKeyOf, type Person } from './person.ts'
import { findPerson, holdPerson, membershipsOf } from './store.ts'
import { tellAbout } from './tell.ts'

/** Revokes the keys of a person in some organizations. @returns how many there were */
export type RevokeKeys = (personId: string, organizations: readonly string[], caller: Caller) => Promise<number>

export type EraseDeps = IdentityDeps & { readonly guard: SignInGuard; readonly revokeKeysOf: RevokeKeys }

/**
 * Erases a person: their rows are gone, their keys are revoked, and the record keeps an id that leads nowhere (row I1).
 * They are told by a last mail.
 *
 * Errors: `LAST_ADMIN`, `USER_UNKNOWN`.
 */
export async function erasePerson(deps: EraseDeps, id: string, caller: Caller): Promise<Result<null>> {
  const { store, clock } = deps
  const problem = await store.write((tx) => lastAdminProblem(tx, id, clock.now()))
  if (problem !== null) return refused(problem)
  // Keys first: were it the other way round, a crash between the two would leave keys that nobody can name.
  const organizations = (await membershipsOf(tablesOf(store), id)).map(({ organization }) => organization)
  const keys = await deps.revokeKeysOf(id, organizations, caller)
  return store.write(async (tx) => {
    const person = await holdPerson(tx, id)
    const last = await lastAdminProblem(tx, id, clock.now())
    if (person === null || last !== null) return refused(last ?? refuseIdentity('USER_UNKNOWN'))
    await remove(deps, tx, person, keys, caller)
    return done(null)
  })
}

async function remove(deps: EraseDeps, tx: Transaction, person: Person, keys: number, caller: Caller): Promise<void> {
  await endSessionsOf(deps, tx, person.id, { caller, reason: 'the account was erased' })
  await eraseRows(tx, person)
  await tablesOf(tx).deleteFrom('invitation').where('email_key', '=', emailKeyOf(person.email)).execute()
  await deps.guard.clear(tx, person)
  await tx.announce('user', person.id)
  await tellAbout(deps, tx, person, caller, { type: 'user.erased', outcome: 'success', details: { keys } })
  await deps.notices.mail(tx, {
    to: [person.email],
    template: 'account_erased',
    data: { name: person.name },
    language: person.language,
    organization: person.organization,
  })
}

/**
 * Erases the account of whoever asks, once they typed its address. Errors: `STEP_UP_REQUIRED`,
 * `IMPERSONATION_FORBIDDEN`, `INPUT_INVALID`, `LAST_ADMIN`, `USER_UNKNOWN`.
 */
export function createOwnErase(deps: EraseDeps) {
  return async (email: string, caller: Caller): Promise<Result<null>> => {
    const stale = await freshProblem(deps, caller)
    if (stale !== null) return refused(stale)
    const person = await findPerson(tablesOf(deps.store), caller.principal.id)
    if (person === null) return refused(refuseIdentity('USER_UNKNOWN'))
    if (emailKeyOf(email) !== emailKeyOf(person.email)) return refused(notTheirs())
    return erasePerson(deps, person.id, caller)
  }
}

function notTheirs(): Problem {
  return refuseHttp('INPUT_INVALID', { errors: [{ path: 'email', message: 'is not the address of this account' }] })
}

/** Erases somebody else's account; see `People.erase`. */
export function createErase(deps: EraseDeps) {
  return async (id: string, caller: Caller): Promise<Result<null>> => {
    const stale = await freshProblem(deps, caller)
    if (stale !== null) return refused(stale)
    const allowed = await deps.store.write((tx) => holdSubject(deps, tx, id, caller))
    return allowed.ok ? erasePerson(deps, id, caller) : allowed
  }
}
