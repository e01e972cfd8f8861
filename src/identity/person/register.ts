import {
  type Caller,
  DEFAULT_ORGANIZATION,
  done,
  type Problem,
  type Result,
  refused,
  type Secret,
} from '../../core/index.ts'
import { refuseHttp } from '../../http/index.ts'
import type { Transaction } from '../../store/index.ts'
import type { IdentityDeps } from '../deps.ts'
import { pageAt } from '../link.ts'
import { joinByDomain } from '../organization/domain/join.ts'
import { DEFAULT_POLICY } from '../organization/organization.ts'
import { findOrganization } from '../organization/store.ts'
import { refuseIdentity } from '../problems.ts'
import { AUTH_RULES, charge } from '../sign-in/limits.ts'
import { tablesOf } from '../tables.ts'
import { readMailAddress } from './address.ts'
import { createPerson } from './create.ts'
import { eraseRows } from './erase-rows.ts'
import { NOTHING_GRANTED } from './grants.ts'
import type { Invitations, Invited } from './invited.ts'
import { PERSON_RULES } from './limits.ts'
import { hashPassword, judgeNewPassword } from './new-password.ts'
import { emailKeyOf, isUnconfirmed, type Language, type Person } from './person.ts'
import { findPersonByEmail } from './store.ts'
import { tellAbout } from './tell.ts'
import { mailVerification } from './verify.ts'

export type Registration = {
  readonly email: string
  readonly name: string
  readonly password: Secret
  readonly language: Language
  /** The token of an invitation, as it was mailed. */
  readonly invitation: string | null
}

/** What is known once everything was asked that no address changes. */
type Accepted = Omit<Registration, 'password'> & {
  readonly hash: string
  readonly invited: Invited | null
  /** Whether another mail may go to this address now. */
  readonly mayMail: boolean
}

type Deps = IdentityDeps & { readonly invitations: Invitations }

/**
 * Registers somebody, or answers as if (row I1): an address that has an account is told so by mail, and nowhere else.
 * What is asked, and the work, are the same for both.
 *
 * Nothing of a registration counts before its own mail was answered: each mailed link carries the password that was
 * chosen with it, so that whoever registers somebody else's address first, or again, has not chosen for its owner.
 *
 * Errors: `REGISTRATION_CLOSED`, `INVITATION_NEEDED`, `INPUT_INVALID`, `SIGN_IN_LIMITED`, `PASSWORDS_BUSY`.
 */
export function createRegister(deps: Deps) {
  return async (wish: Registration, caller: Caller): Promise<Result<null>> => {
    const from = caller.address ?? 'unknown'
    const tooMuch = await charge(deps.limits, [{ rule: PERSON_RULES.passwordWorkByAddress, key: from }])
    if (tooMuch !== null) return refused(tooMuch)
    const email = readMailAddress(wish.email)
    if (email === null) return refused(notAnAddress())
    const admitted = await admit(deps, wish.invitation, email)
    if (!admitted.ok) return admitted
    const about = { language: wish.language, email, name: wish.name }
    const problem = await judgeNewPassword(deps, { password: wish.password, about })
    if (problem !== null) return refused(problem)
    const limited = await charge(deps.limits, [{ rule: AUTH_RULES.registrationByAddress, key: from }])
    if (limited !== null) return refused(limited)
    const hashed = await hashPassword(deps, wish.password)
    if (!hashed.ok) return hashed
    const { password: _, ...rest } = wish
    const mayMail = await mayMailTo(deps, email)
    const accepted = { ...rest, email, hash: hashed.value, invited: admitted.value, mayMail }
    return deps.store.write((tx) => registerWithin(deps, tx, accepted, caller))
  }
}

export function notAnAddress(): Problem {
  return refuseHttp('INPUT_INVALID', { errors: [{ path: 'email', message: 'is not a mail address' }] })
}

async function admit(deps: Deps, token: string | null, email: string): Promise<Result<Invited | null>> {
  const { registration } = deps.settings
  if (registration === 'closed') return refused(refuseIdentity('REGISTRATION_CLOSED'))
  const invited = token === null ? null : await deps.invitations.find(token)
  const fits = invited !== null && emailKeyOf(invited.email) === emailKeyOf(email)
  if (fits) return done(invited)
  return token === null && registration === 'open' ? done(null) : refused(refuseIdentity('INVITATION_NEEDED'))
}

// Asked before the transaction, because limits may be asked over the network.
async function mayMailTo({ store, limits }: Deps, email: string): Promise<boolean> {
  const person = await findPersonByEmail(tablesOf(store), email)
  const rule = person === null || isUnconfirmed(person) ? PERSON_RULES.verifyMail : PERSON_RULES.alreadyMail
  return (await charge(limits, [{ rule, key: emailKeyOf(email) }])) === null
}

async function registerWithin(deps: Deps, tx: Transaction, wish: Accepted, caller: Caller): Promise<Result<null>> {
  const found = await findPersonByEmail(tablesOf(tx), wish.email)
  // Who was invited has the mailbox: whoever registered its address before them never confirmed it.
  const stale = found !== null && wish.invited !== null && isUnconfirmed(found)
  if (stale) await eraseRows(tx, found)
  const made = found === null || stale ? await make(deps, tx, wish, caller) : null
  if (made !== null) return settle(deps, tx, wish, made, caller)
  const there = found ?? (await findPersonByEmail(tablesOf(tx), wish.email))
  if (there !== null) await again(deps, tx, wish, there, caller)
  return done(null)
}

async function make(deps: Deps, tx: Transaction, wish: Accepted, caller: Caller): Promise<Person | null> {
  const { email, name, language, hash, invited } = wish
  const organization = invited?.organization ?? DEFAULT_ORGANIZATION
  const { defaultRoles } = (await findOrganization(tablesOf(tx), organization))?.policy ?? DEFAULT_POLICY
  const grants = { ...NOTHING_GRANTED, roles: invited?.roles ?? defaultRoles }
  const input = { email, name, language, organization, grants, passwordHash: hash, mustChangePassword: false }
  return createPerson(deps, tx, { ...input, verified: invited !== null }, caller)
}

async function settle(
  deps: Deps,
  tx: Transaction,
  wish: Accepted,
  person: Person,
  caller: Caller,
): Promise<Result<null>> {
  if (person.verifiedAt === null) await confirm(deps, tx, person, wish)
  else await joinByDomain(deps, tx, person, caller)
  const { invitation } = wish
  const taken = invitation === null || (await deps.invitations.take(tx, invitation, person, caller))
  return taken ? done(null) : refused(refuseIdentity('INVITATION_NEEDED'))
}

async function again(deps: Deps, tx: Transaction, wish: Accepted, person: Person, caller: Caller): Promise<void> {
  const details = { verified: person.verifiedAt !== null }
  await tellAbout(deps, tx, person, caller, { type: 'user.registered_again', outcome: 'success', details })
  await (isUnconfirmed(person) ? confirm(deps, tx, person, wish) : tellAlready(deps, tx, person, wish))
}

async function confirm(deps: Deps, tx: Transaction, person: Person, wish: Accepted): Promise<void> {
  const { hash, name, language, email } = wish
  if (wish.mayMail) await mailVerification(deps, tx, { ...person, email, name, language }, { hash, name, language })
}

async function tellAlready(deps: Deps, tx: Transaction, person: Person, { mayMail }: Accepted): Promise<void> {
  if (!mayMail) return
  await deps.notices.mail(tx, {
    to: [person.email],
    template: 'already_registered',
    data: { name: person.name, link: pageAt(deps, 'login') },
    language: person.language,
    organization: person.organization,
  })
}
