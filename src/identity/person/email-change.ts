import { type Caller, done, type Result, refused } from '../../core/index.ts'
import type { Transaction } from '../../store/index.ts'
import type { IdentityDeps } from '../deps.ts'
import { linkTo, pageAt } from '../link.ts'
import { refuseIdentity } from '../problems.ts'
import { freshProblem } from '../session/step-up.ts'
import { charge } from '../sign-in/limits.ts'
import { deleteSignInsOf } from '../sign-in/store.ts'
import { tablesOf } from '../tables.ts'
import { deleteTicketsOf } from '../ticket/store.ts'
import { createTicket, takeTicket } from '../ticket/tickets.ts'
import { readMailAddress } from './address.ts'
import { eraseRows } from './erase-rows.ts'
import { PERSON_RULES } from './limits.ts'
import { emailKeyOf, isUnconfirmed, type Person } from './person.ts'
import { notAnAddress } from './register.ts'
import { findPerson, findPersonByEmail, holdPerson, updatePerson } from './store.ts'
import { tellAs } from './tell.ts'

const HOUR = 3_600_000

/**
 * Asks to use another mail address: it counts once the link that is mailed there was followed. An address that somebody
 * has is answered the same; its owner is told instead.
 *
 * Errors: `STEP_UP_REQUIRED`, `IMPERSONATION_FORBIDDEN`, `INPUT_INVALID`, `SIGN_IN_LIMITED`.
 */
export function createEmailChange(deps: IdentityDeps) {
  const { store, limits } = deps

  return async (wanted: string, caller: Caller): Promise<Result<null>> => {
    const stale = await freshProblem(deps, caller)
    if (stale !== null) return refused(stale)
    const email = readMailAddress(wanted)
    if (email === null) return refused(notAnAddress())
    const { id } = caller.principal
    const limited = await charge(limits, [{ rule: PERSON_RULES.emailChangeByPerson, key: id }])
    if (limited !== null) return refused(limited)
    const mayTell = (await charge(limits, [{ rule: PERSON_RULES.alreadyMail, key: emailKeyOf(email) }])) === null
    await store.write(async (tx) => {
      const [person, owner] = await Promise.all([findPerson(tablesOf(tx), id), findPersonByEmail(tablesOf(tx), email)])
      if (person === null) return
      const isFree = owner === null || owner.id === id || isUnconfirmed(owner)
      if (isFree) await mailConfirmation(deps, tx, person, email)
      else if (mayTell) await mailAlready(deps, tx, owner)
    })
    return done(null)
  }
}

async function mailConfirmation(deps: IdentityDeps, tx: Transaction, person: Person, email: string): Promise<void> {
  const life = deps.settings.links.verify
  const { id: personId, organization, language, name } = person
  const rest = { email, from: person.email }
  const token = await createTicket(deps, tx, { kind: 'email_change', personId, organization, rest, life })
  await deps.notices.mail(tx, {
    to: [email],
    template: 'email_change_confirm',
    data: { name, link: linkTo(deps, 'email-change', token), hours: Math.round(life / HOUR) },
    language,
    organization,
  })
}

async function mailAlready(deps: IdentityDeps, tx: Transaction, owner: Person): Promise<void> {
  await deps.notices.mail(tx, {
    to: [owner.email],
    template: 'already_registered',
    data: { name: owner.name, link: pageAt(deps, 'login') },
    language: owner.language,
    organization: owner.organization,
  })
}

/**
 * Redeems the link in the new mailbox; of many at once one does. What was mailed to the old one opens nothing any more,
 * and it is told where the account went.
 *
 * Errors: `LINK_ENDED`, `EMAIL_TAKEN`.
 */
export function createEmailConfirm(deps: IdentityDeps) {
  return (token: string, caller: Caller): Promise<Result<null>> =>
    deps.store.write(async (tx) => {
      const ticket = await takeTicket(deps, tx, 'email_change', token)
      const person = ticket?.personId == null ? null : await holdPerson(tx, ticket.personId)
      const email = ticket?.rest.email
      if (email === undefined || person === null || person.email !== ticket?.rest.from) {
        return refused(refuseIdentity('LINK_ENDED'))
      }
      if (!(await makeFree(tx, email, person.id))) return refused(refuseIdentity('EMAIL_TAKEN'))
      await move(deps, tx, person, email, caller)
      return done(null)
    })
}

// Who registered with it and never confirmed it does not have the mailbox; whoever follows the link does.
async function makeFree(tx: Transaction, email: string, personId: string): Promise<boolean> {
  const owner = await findPersonByEmail(tablesOf(tx), email)
  if (owner === null || owner.id === personId) return true
  if (isUnconfirmed(owner)) await eraseRows(tx, owner)
  return isUnconfirmed(owner)
}

async function move(deps: IdentityDeps, tx: Transaction, person: Person, email: string, caller: Caller): Promise<void> {
  const now = deps.clock.now()
  const stamp = { verifiedAt: now, changedAt: now, changedBy: person.id, version: person.version + 1 }
  await updatePerson(tx, { ...person, email, ...stamp }, person.version)
  await deleteTicketsOf(tx, person.id)
  await deleteSignInsOf(tx, person.id)
  await tablesOf(tx).deleteFrom('one_time_code').where('subject', '=', person.id).execute()
  await tx.announce('user', person.id)
  await tellAs(deps, tx, person, caller, { type: 'user.email_changed', outcome: 'success' })
  await deps.notices.mail(tx, {
    to: [person.email],
    template: 'email_changed',
    data: { name: person.name, newEmail: email },
    language: person.language,
    organization: person.organization,
  })
}
