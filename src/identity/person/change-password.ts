import { type Caller, done, type Problem, type Result, refused, type Secret } from '../../core/index.ts'
import { refuseHttp } from '../../http/index.ts'
import type { IdentityDeps } from '../deps.ts'
import { findPassword, lastHashes } from '../password/store.ts'
import { refuseIdentity } from '../problems.ts'
import { type Opened, renewSession, sessionIdOf } from '../session/sessions.ts'
import { freshProblem } from '../session/step-up.ts'
import { findSession } from '../session/store.ts'
import type { SignInGuard } from '../sign-in/guard.ts'
import type { SignIns, Standing, Visitor } from '../sign-in/sign-ins.ts'
import { tablesOf } from '../tables.ts'
import { hashNewPassword, passwordsBusy } from './new-password.ts'
import type { Person } from './person.ts'
import { type PasswordBy, setPassword } from './set-password.ts'
import { findPerson, holdPerson } from './store.ts'

type Deps = IdentityDeps & { readonly guard: SignInGuard; readonly signIns: SignIns }

export type PasswordChangeWish = {
  readonly password: Secret
  /** The present one; left out by who has none yet. */
  readonly current: Secret | null
}

/**
 * Sets another password in a session, which goes on with another token; every other ends. A wrong present password
 * counts like one at sign-in. Who has none yet proves freshly who they are instead.
 *
 * Errors: `PASSWORD_WRONG`, `SIGN_IN_LIMITED`, `INPUT_INVALID`, `PASSWORD_MISSING`, `STEP_UP_REQUIRED`,
 * `IMPERSONATION_FORBIDDEN`, `SESSION_ENDED`, `PASSWORDS_BUSY`.
 */
export function createPasswordChange(deps: Deps) {
  const { store } = deps

  return async (wish: PasswordChangeWish, visitor: Visitor): Promise<Result<Opened>> => {
    const { caller } = visitor
    if (caller.principal.actor !== undefined) return refused(refuseIdentity('IMPERSONATION_FORBIDDEN'))
    const person = await findPerson(tablesOf(store), caller.principal.id)
    if (person === null) return refused(refuseIdentity('SESSION_ENDED'))
    const proved = await provedBy(deps, person, wish, visitor)
    if (!proved.ok) return proved
    const hashed = await hashFor(deps, person, wish.password)
    return hashed.ok ? write(person.id, hashed.value, proved.value, caller) : hashed
  }

  function write(id: string, hash: string, by: PasswordBy, caller: Caller): Promise<Result<Opened>> {
    return store.write(async (tx) => {
      const person = await holdPerson(tx, id)
      const session = await findSession(tablesOf(tx), sessionIdOf(caller.principal) ?? '')
      if (person === null || session === null) return refused(refuseIdentity('SESSION_ENDED'))
      await setPassword(deps, tx, person, { hash, by, caller, but: session.id })
      const opened = await renewSession(deps, tx, session, {})
      return opened === null ? refused(refuseIdentity('SESSION_ENDED')) : done(opened)
    })
  }
}

async function provedBy(
  deps: Deps,
  person: Person,
  { current }: PasswordChangeWish,
  visitor: Visitor,
): Promise<Result<PasswordBy>> {
  const kept = await findPassword(tablesOf(deps.store), person.id)
  if (kept === null) {
    const problem = current === null ? await freshProblem(deps, visitor.caller) : refuseIdentity('PASSWORD_MISSING')
    return problem === null ? done('first') : refused(problem)
  }
  if (current === null) return refused(currentMissing())
  const problem = await compare(deps, person, kept.hash, current, visitor)
  return problem === null ? done('current') : refused(problem)
}

async function compare(
  { guard, passwords, store }: Deps,
  person: Person,
  hash: string,
  current: Secret,
  { caller, browser }: Visitor,
): Promise<Problem | null> {
  const attempt = { email: person.email, caller, browser }
  const limited = await guard.mayTry(attempt)
  if (limited !== null) return limited
  const answer = await passwords.verify(hash, current)
  if (answer.is === 'busy') return passwordsBusy(answer)
  await (answer.is === 'right' ? store.write((tx) => guard.succeeded(tx, attempt)) : guard.failed(attempt, person))
  return answer.is === 'right' ? null : refuseIdentity('PASSWORD_WRONG')
}

function currentMissing(): Problem {
  return refuseHttp('INPUT_INVALID', { errors: [{ path: 'current', message: 'is missing' }] })
}

/** Judges and hashes a person's new password. Errors: `INPUT_INVALID`, `PASSWORDS_BUSY`. */
async function hashFor(deps: Deps, { id, language, email, name }: Person, password: Secret): Promise<Result<string>> {
  const last = await lastHashes(tablesOf(deps.store), id, deps.settings.passwords.history)
  return hashNewPassword(deps, { password, about: { language, email, name }, last })
}

/**
 * Sets the password that a sign-in waits for (`change_password`), and says what comes next. Where something else comes
 * next no password is set: nobody gets here past a second factor.
 *
 * Errors: `SIGN_IN_ENDED`, `STEP_NOT_NEXT`, `INPUT_INVALID`, `PASSWORDS_BUSY`.
 */
export function createPasswordInSignIn(deps: Deps) {
  const { store, signIns } = deps

  return async (flow: string, password: Secret, visitor: Visitor): Promise<Result<Standing>> => {
    const stands = await signIns.standsAt(flow, 'change_password', visitor)
    if (!stands.ok) return stands
    const { person, signIn } = stands.value
    const hashed = await hashFor(deps, person, password)
    if (!hashed.ok) return hashed
    const written = await write(person.id, signIn.id, hashed.value, visitor.caller)
    return written.ok ? signIns.resume(flow, visitor) : written
  }

  function write(personId: string, signInId: string, hash: string, caller: Caller): Promise<Result<null>> {
    return store.write(async (tx) => {
      const person = await holdPerson(tx, personId)
      const kept = await findPassword(tablesOf(tx), personId)
      // Of several at once the first has set it.
      if (person === null || kept?.mustChange !== true) return refused(refuseIdentity('SIGN_IN_ENDED'))
      await setPassword(deps, tx, person, { hash, by: 'sign_in', caller, but: null, keepSignIn: signInId })
      return done(null)
    })
  }
}
