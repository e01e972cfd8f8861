import { type Caller, createId, done, type Result, refused, type Secret } from '../../core/index.ts'
import { answerRepeat, type Idempotency } from '../../http/index.ts'
import { claimIdempotency, type Transaction } from '../../store/index.ts'
import type { IdentityDeps } from '../deps.ts'
import { linkTo } from '../link.ts'
import { findOrganization } from '../organization/store.ts'
import { refuseIdentity } from '../problems.ts'
import { freshProblem } from '../session/step-up.ts'
import { tablesOf } from '../tables.ts'
import { createTicket } from '../ticket/tickets.ts'
import { readMailAddress } from './address.ts'
import { createPerson } from './create.ts'
import { exceededProblem, grantsProblem, NOTHING_GRANTED } from './grants.ts'
import { findMember, type Member } from './member.ts'
import { hashNewPassword, hashPassword, passwordsBusy } from './new-password.ts'
import type { Language, Person } from './person.ts'
import { notAnAddress } from './register.ts'

export type PersonWish = {
  readonly email: string
  readonly name: string
  readonly language: Language
  readonly organization: string
  readonly roles: readonly string[]
  /** Whether the caller vouches for the address. */
  readonly verified: boolean
  /** `one_time` makes one that has to be changed at the first sign-in; null mails a link to choose one. */
  readonly password: Secret | 'one_time' | null
  /** Whether the password has to be changed at the first sign-in. */
  readonly mustChangePassword?: boolean
}

/** A person who was made, with the one-time password where one was: it is told this once. */
export type Made = Member & { readonly password: Secret | null }

type Accepted = PersonWish & { readonly hash: string | null; readonly oneTime: Secret | null }

const DAY = 86_400_000

/** Makes people; see `People.create`. */
export function createMake(deps: IdentityDeps) {
  return async (wish: PersonWish, caller: Caller, idempotency: Idempotency | null = null): Promise<Result<Made>> => {
    const email = readMailAddress(wish.email)
    const grants = { ...NOTHING_GRANTED, roles: wish.roles }
    const problem =
      (email === null ? notAnAddress() : null) ??
      grantsProblem(deps, wish.organization, grants) ??
      exceededProblem(deps, wish.organization, [NOTHING_GRANTED, grants], caller) ??
      (await freshProblem(deps, caller))
    if (problem !== null || email === null) return refused(problem ?? notAnAddress())
    const password = await passwordOf(deps, { ...wish, email })
    if (!password.ok) return password
    const accepted: Accepted = { ...wish, email, ...password.value }
    return deps.store.write((tx) => makeWithin(deps, tx, accepted, caller, idempotency))
  }
}

type Chosen = { readonly hash: string | null; readonly oneTime: Secret | null }

async function passwordOf(deps: IdentityDeps, wish: PersonWish): Promise<Result<Chosen>> {
  const { password, language, email, name } = wish
  if (password === null) return done({ hash: null, oneTime: null })
  if (password === 'one_time') return oneTimePassword(deps)
  const hashed = await hashNewPassword(deps, { password, about: { language, email, name } })
  return hashed.ok ? done({ hash: hashed.value, oneTime: null }) : hashed
}

/** A password that somebody is told, and has to change when they first come in. Errors: `PASSWORDS_BUSY`. */
export async function oneTimePassword(
  deps: IdentityDeps,
): Promise<Result<{ readonly hash: string; readonly oneTime: Secret }>> {
  const made = await deps.passwords.generate('characters')
  if (made.is === 'busy') return refused(passwordsBusy(made))
  const hashed = await hashPassword(deps, made.password)
  return hashed.ok ? done({ hash: hashed.value, oneTime: made.password }) : hashed
}

async function makeWithin(
  deps: IdentityDeps,
  tx: Transaction,
  wish: Accepted,
  caller: Caller,
  idempotency: Idempotency | null,
): Promise<Result<Made>> {
  const now = deps.clock.now()
  const id = createId('usr', now)
  const claim = (it: Idempotency) => claimIdempotency(tx, { ...it, ref: id, now })
  const repeat = await answerRepeat(idempotency, claim, (ref) => madeOf(tx, ref, caller, null))
  if (repeat !== null) return repeat
  const { hash, oneTime, organization, roles, email, name, language, verified } = wish
  const grants = { ...NOTHING_GRANTED, roles }
  const mustChangePassword = oneTime !== null || wish.mustChangePassword === true
  const input = { email, name, language, organization, verified, grants, passwordHash: hash, mustChangePassword, id }
  const person = await createPerson(deps, tx, input, caller)
  if (person === null) return refused(refuseIdentity('EMAIL_TAKEN'))
  if (hash === null) await mailWelcome(deps, tx, person, caller)
  return madeOf(tx, person.id, { ...caller, principal: { ...caller.principal, organization } }, oneTime)
}

async function madeOf(tx: Transaction, id: string, caller: Caller, password: Secret | null): Promise<Result<Made>> {
  const member = await findMember(tablesOf(tx), id, caller)
  return member.ok ? done({ ...member.value, password }) : member
}

/** Tells somebody who was made for them that there is an account, with a link to choose its password. */
export async function mailWelcome(deps: IdentityDeps, tx: Transaction, person: Person, caller: Caller): Promise<void> {
  const life = deps.settings.links.invitation
  const { id: personId, organization, email, language } = person
  const token = await createTicket(deps, tx, { kind: 'reset_password', personId, organization, life })
  const place = (await findOrganization(tablesOf(tx), organization))?.name ?? organization
  const inviter = await inviterName(tx, caller, place)
  await deps.notices.mail(tx, {
    to: [email],
    template: 'invitation',
    data: { organization: place, inviter, link: linkTo(deps, 'reset', token), days: Math.round(life / DAY) },
    language,
    organization,
  })
}

async function inviterName(tx: Transaction, { principal }: Caller, otherwise: string): Promise<string> {
  if (principal.kind !== 'user') return otherwise
  const row = await tablesOf(tx).selectFrom('person').select('name').where('id', '=', principal.id).executeTakeFirst()
  return row?.name ?? otherwise
}
