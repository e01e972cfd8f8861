import { type Caller, done, type Result, refused, type Secret } from '../../core/index.ts'
import type { IdentityDeps } from '../deps.ts'
import { withdrawTrust } from '../device/store.ts'
import { lastHashes } from '../password/store.ts'
import { refuseIdentity } from '../problems.ts'
import type { SignInGuard } from '../sign-in/guard.ts'
import { tablesOf } from '../tables.ts'
import { findTicket, takeTicket } from '../ticket/tickets.ts'
import { hashNewPassword } from './new-password.ts'
import type { Person } from './person.ts'
import { setPassword } from './set-password.ts'
import { findPerson, holdPerson } from './store.ts'
import { markVerified } from './verify.ts'

/**
 * Sets a password by a mailed link, which works once; a password that is not taken leaves it working. Who has the link
 * has the mailbox, so the address is verified by it. It opens no session, and every browser has to prove the second
 * factor again (row I8).
 *
 * Errors: `LINK_ENDED`, `INPUT_INVALID`, `PASSWORDS_BUSY`.
 */
export function createReset(deps: IdentityDeps & { readonly guard: SignInGuard }) {
  const { store, settings } = deps

  return async (token: string, password: Secret, caller: Caller): Promise<Result<null>> => {
    const person = await personOf(token)
    if (person === null) return refused(refuseIdentity('LINK_ENDED'))
    const last = await lastHashes(tablesOf(store), person.id, settings.passwords.history)
    const { language, email, name } = person
    const hashed = await hashNewPassword(deps, { password, about: { language, email, name }, last })
    return hashed.ok ? redeem(token, hashed.value, caller) : hashed
  }

  async function personOf(token: string): Promise<Person | null> {
    const ticket = await findTicket(deps, tablesOf(store), 'reset_password', token)
    return ticket?.personId == null ? null : findPerson(tablesOf(store), ticket.personId)
  }

  function redeem(token: string, hash: string, caller: Caller): Promise<Result<null>> {
    return store.write(async (tx) => {
      const ticket = await takeTicket(deps, tx, 'reset_password', token)
      const person = ticket?.personId == null ? null : await holdPerson(tx, ticket.personId)
      if (person?.enabled !== true) return refused(refuseIdentity('LINK_ENDED'))
      const known = person.verifiedAt === null ? await markVerified(deps, tx, person, caller) : person
      await withdrawTrust(tx, person.id, deps.clock.now())
      await setPassword(deps, tx, known, { hash, by: 'link', caller, but: null })
      return done(null)
    })
  }
}
