import { type Caller, done, type Result, refused } from '../../core/index.ts'
import type { Transaction } from '../../store/index.ts'
import type { IdentityDeps } from '../deps.ts'
import { linkTo } from '../link.ts'
import { joinByDomain } from '../organization/domain/join.ts'
import { findPassword, forgetPasswords, writePassword } from '../password/store.ts'
import { refuseIdentity } from '../problems.ts'
import { charge } from '../sign-in/limits.ts'
import { deleteSignInsOf } from '../sign-in/store.ts'
import { tablesOf } from '../tables.ts'
import { deleteTicketsOf, newestTicketOf } from '../ticket/store.ts'
import { createTicket, takeTicket } from '../ticket/tickets.ts'
import { PERSON_RULES } from './limits.ts'
import { emailKeyOf, type Language, type Person } from './person.ts'
import { findPersonByEmail, holdPerson, updatePerson } from './store.ts'
import { tellAs } from './tell.ts'

/** What was chosen with a registration: it counts once the link in its own mail was followed. */
export type Chosen = { readonly hash: string; readonly name: string; readonly language: Language }

const HOUR = 3_600_000

/** Mails a link that verifies somebody's address, and brings what they chose with it into force. */
export async function mailVerification(
  deps: IdentityDeps,
  tx: Transaction,
  person: Person,
  chosen: Chosen | null,
): Promise<void> {
  const life = deps.settings.links.verify
  const { id: personId, organization, email, name, language } = person
  const rest = chosen ?? {}
  const token = await createTicket(deps, tx, { kind: 'verify_email', personId, organization, rest, life })
  await deps.notices.mail(tx, {
    to: [email],
    template: 'verify_email',
    data: { name, link: linkTo(deps, 'verify', token), hours: Math.round(life / HOUR) },
    language,
    organization,
  })
}

/**
 * Redeems the link that verifies an address; of many at once one does. The password and name of its own registration
 * are the person's from then on; what was begun with another password ends, and every other link of a registration.
 *
 * Errors: `LINK_ENDED`.
 */
export function createVerify(deps: IdentityDeps) {
  return (token: string, caller: Caller): Promise<Result<null>> =>
    deps.store.write(async (tx) => {
      const ticket = await takeTicket(deps, tx, 'verify_email', token)
      const person = ticket?.personId == null ? null : await holdPerson(tx, ticket.personId)
      if (ticket === null || person === null || person.verifiedAt !== null) return refused(refuseIdentity('LINK_ENDED'))
      const chosen = 'hash' in ticket.rest ? (ticket.rest as Chosen) : null
      if (chosen !== null) await choose(deps, tx, person, chosen)
      const { name, language } = chosen ?? person
      await markVerified(deps, tx, { ...person, name, language }, caller)
      return done(null)
    })
}

/** Writes that an address is its person's. What was mailed to find that out is over. */
export async function markVerified(
  deps: IdentityDeps,
  tx: Transaction,
  person: Person,
  caller: Caller,
): Promise<Person> {
  const now = deps.clock.now()
  const verified = { ...person, verifiedAt: now, changedAt: now, changedBy: person.id, version: person.version + 1 }
  await updatePerson(tx, verified, person.version)
  await deleteTicketsOf(tx, person.id, ['verify_email'])
  await tx.announce('user', person.id)
  await tellAs(deps, tx, person, caller, { type: 'user.verified', outcome: 'success', details: { by: 'link' } })
  await joinByDomain(deps, tx, verified, caller)
  return verified
}

async function choose(deps: IdentityDeps, tx: Transaction, person: Person, { hash }: Chosen): Promise<void> {
  if ((await findPassword(tablesOf(tx), person.id))?.hash === hash) return
  // Somebody else may have chosen it: it is neither theirs to sign in with, nor one of their last.
  await forgetPasswords(tx, person.id)
  const password = { hash, at: deps.clock.now(), mustChange: false }
  await writePassword(tx, person.id, password, deps.settings.passwords.history)
  await deleteSignInsOf(tx, person.id)
}

/**
 * Mails the link once more, if there is anything to verify. Every address is answered the same. Errors:
 * `SIGN_IN_LIMITED`.
 */
export function createResend(deps: IdentityDeps) {
  return async (email: string, caller: Caller): Promise<Result<null>> => {
    const from = caller.address ?? 'unknown'
    const limited = await charge(deps.limits, [{ rule: PERSON_RULES.mailByAddress, key: from }])
    if (limited !== null) return refused(limited)
    const mayMail = (await charge(deps.limits, [{ rule: PERSON_RULES.verifyMail, key: emailKeyOf(email) }])) === null
    await deps.store.write(async (tx) => {
      const person = await findPersonByEmail(tablesOf(tx), email)
      if (person === null || person.verifiedAt !== null || !person.enabled || !mayMail) return
      const last = await newestTicketOf(tablesOf(tx), person.id, 'verify_email', deps.clock.now())
      const chosen = last !== null && 'hash' in last.rest ? (last.rest as Chosen) : null
      await mailVerification(deps, tx, { ...person, ...(chosen === null ? {} : { name: chosen.name }) }, chosen)
    })
    return done(null)
  }
}
