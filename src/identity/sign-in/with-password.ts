import { done, type Problem, type Result, refused, type Secret } from '../../core/index.ts'
import type { Transaction } from '../../store/index.ts'
import type { IdentityDeps } from '../deps.ts'
import { findPassword, upgradeHash } from '../password/store.ts'
import type { Person } from '../person/person.ts'
import { findPersonByEmail } from '../person/store.ts'
import { refuseIdentity } from '../problems.ts'
import { tablesOf } from '../tables.ts'
import type { SignInGuard } from './guard.ts'
import type { SignIns, Standing, Visitor } from './sign-ins.ts'

export type PasswordSignIn = {
  readonly email: string
  readonly password: Secret
  readonly organization: string | null
  /** The token of a sign-in that was begun with the address alone. */
  readonly flow: string | null
}

/**
 * Signs somebody in by address and password. An address that nobody has costs the same work and is answered with the
 * same words as a wrong password (row I3).
 *
 * Errors: `SIGN_IN_FAILED`, `SIGN_IN_ENDED`, `SIGN_IN_LIMITED`, `PASSWORDS_BUSY`.
 */
export function createPasswordSignIn(deps: IdentityDeps & { readonly guard: SignInGuard; readonly signIns: SignIns }) {
  const { store, passwords, guard, signIns } = deps

  return async (input: PasswordSignIn, visitor: Visitor): Promise<Result<Standing>> => {
    const begun = input.flow === null ? done(null) : await signIns.find(input.flow)
    if (!begun.ok) return begun
    const email = begun.value?.email ?? input.email
    const attempt = { email, caller: visitor.caller, browser: visitor.browser }
    const problem = await guard.mayTry(attempt)
    if (problem !== null) return refused(problem)
    const person = await findPersonByEmail(tablesOf(store), email)
    const checked = await check(person, input.password)
    if (checked !== 'right') {
      if (checked === 'wrong') await guard.failed(attempt, person)
      return refused(checked === 'wrong' ? refuseIdentity('SIGN_IN_FAILED') : checked)
    }
    const proven = {
      person: person as Person,
      method: 'password',
      signIn: begun.value,
      organization: input.organization,
      also: (tx: Transaction) => guard.succeeded(tx, attempt),
    } as const
    return signIns.proved(proven, visitor)
  }

  async function check(person: Person | null, password: Secret): Promise<'right' | 'wrong' | Problem> {
    const kept = person === null ? null : await findPassword(tablesOf(store), person.id)
    const answer = kept === null ? await passwords.waste(password) : await passwords.verify(kept.hash, password)
    if (answer.is === 'busy') return refuseIdentity('PASSWORDS_BUSY', { retryAfter: answer.retryAfter })
    if (answer.is === 'wrong' || person === null || kept === null) return 'wrong'
    if (answer.stale) await upgrade(person.id, kept.hash, password)
    return 'right'
  }

  // What other systems hashed, or we with less, is hashed anew now that the password is here (row I2).
  async function upgrade(personId: string, from: string, password: Secret): Promise<void> {
    const hashed = await passwords.hash(password)
    if (hashed.is === 'hashed') await store.write((tx) => upgradeHash(tx, personId, from, hashed.hash))
  }
}
