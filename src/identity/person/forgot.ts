import { type Caller, done, type Result, refused } from '../../core/index.ts'
import type { Transaction } from '../../store/index.ts'
import type { IdentityDeps } from '../deps.ts'
import { linkTo } from '../link.ts'
import { AUTH_RULES, charge } from '../sign-in/limits.ts'
import { tablesOf } from '../tables.ts'
import { createTicket } from '../ticket/tickets.ts'
import { PERSON_RULES } from './limits.ts'
import { emailKeyOf, type Person } from './person.ts'
import { findPersonByEmail } from './store.ts'
import { tellAbout } from './tell.ts'

const MINUTE = 60_000

/**
 * Mails a link to choose a new password, if there is somebody to mail it to. Every address is answered the same, also
 * one that was asked for too often. Errors: `SIGN_IN_LIMITED` for an address of the network that asks for too many.
 */
export function createForgot(deps: IdentityDeps) {
  return async (email: string, caller: Caller): Promise<Result<null>> => {
    const from = caller.address ?? 'unknown'
    const limited = await charge(deps.limits, [{ rule: PERSON_RULES.mailByAddress, key: from }])
    if (limited !== null) return refused(limited)
    const over = await charge(deps.limits, [{ rule: AUTH_RULES.resetByAccount, key: emailKeyOf(email) }])
    await deps.store.write(async (tx) => {
      const person = await findPersonByEmail(tablesOf(tx), email)
      if (person?.enabled !== true || over !== null) return
      await mailReset(deps, tx, person)
      const details = { by: 'person' }
      await tellAbout(deps, tx, person, caller, { type: 'user.password_asked', outcome: 'success', details })
    })
    return done(null)
  }
}

/** Mails a link with which somebody chooses a new password. Second factors stay as they are (row I8). */
export async function mailReset(deps: IdentityDeps, tx: Transaction, person: Person): Promise<void> {
  const life = deps.settings.links.reset
  const { id: personId, organization, email, name, language } = person
  const token = await createTicket(deps, tx, { kind: 'reset_password', personId, organization, life })
  await deps.notices.mail(tx, {
    to: [email],
    template: 'reset_password',
    data: { name, link: linkTo(deps, 'reset', token), minutes: Math.round(life / MINUTE) },
    language,
    organization,
  })
}
