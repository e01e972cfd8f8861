import type { Caller } from '../../core/index.ts'
import type { Transaction } from '../../store/index.ts'
import { circumstancesOf } from '../circumstances.ts'
import type { IdentityDeps } from '../deps.ts'
import { writePassword } from '../password/store.ts'
import { endSessionsOf } from '../session/sessions.ts'
import type { SignInGuard } from '../sign-in/guard.ts'
import { deleteSignInsOf } from '../sign-in/store.ts'
import { deleteTicketsOf } from '../ticket/store.ts'
import type { Person } from './person.ts'
import { tellAs } from './tell.ts'

/** How somebody came to a new password. */
export type PasswordBy = 'current' | 'link' | 'first' | 'sign_in' | 'administrator'

export type PasswordChange = {
  readonly hash: string
  readonly by: PasswordBy
  readonly caller: Caller
  /** The session that goes on; null ends them all. */
  readonly but: string | null
  readonly mustChange?: boolean
  /** The sign-in that waits for it, and goes on. */
  readonly keepSignIn?: string
}

/**
 * Sets a person's password in a transaction. Every other session and every sign-in under way ends, mailed links too;
 * second factors stay as they are (row I2). The person is told by mail.
 */
export async function setPassword(
  deps: IdentityDeps & { readonly guard: SignInGuard },
  tx: Transaction,
  person: Person,
  { hash, by, caller, but, mustChange = false, keepSignIn }: PasswordChange,
): Promise<void> {
  await writePassword(tx, person.id, { hash, at: deps.clock.now(), mustChange }, deps.settings.passwords.history)
  await endSessionsOf(deps, tx, person.id, { caller, reason: 'the password was changed', but })
  await deleteSignInsOf(tx, person.id, keepSignIn)
  await deleteTicketsOf(tx, person.id, ['reset_password', 'magic_link'])
  await deps.guard.clear(tx, person)
  await tx.announce('user', person.id)
  await tellAs(deps, tx, person, caller, { type: 'user.password_changed', outcome: 'success', details: { by } })
  await deps.notices.mail(tx, {
    to: [person.email],
    template: 'password_changed',
    data: { name: person.name, ...circumstancesOf(deps, caller, person.language) },
    language: person.language,
    organization: person.organization,
  })
}
