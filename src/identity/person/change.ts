import type { Grants } from '../../access/index.ts'
import { type Caller, done, type Problem, type Result, refused } from '../../core/index.ts'
import { refuseHttp } from '../../http/index.ts'
import type { Transaction } from '../../store/index.ts'
import type { IdentityDeps } from '../deps.ts'
import { endSessions } from '../session/sessions.ts'
import { freshProblem } from '../session/step-up.ts'
import { sessionsOf } from '../session/store.ts'
import { tablesOf } from '../tables.ts'
import { shutOut } from './close.ts'
import { exceededProblem, grantsProblem } from './grants.ts'
import { lastAdminProblem } from './last-admin.ts'
import { elsewhereProblem, holdMember, type Member, versionOf } from './member.ts'
import { outranksProblem } from './outrank.ts'
import type { Language, Membership, Person } from './person.ts'
import { updateMembership, updatePerson } from './store.ts'
import { tellAbout } from './tell.ts'

/** Which person, and in which version; null for whatever it is now. */
export type Target = { readonly id: string; readonly version: number | null }

export type AccountChange = {
  readonly name?: string
  readonly language?: Language
  readonly enabled?: boolean
  /** Whether the caller vouches for the address. */
  readonly verified?: boolean
}

export type MemberChange = AccountChange & Partial<Grants>

/** Changes people; see `People.change`. */
export function createChange(deps: IdentityDeps) {
  return async (target: Target, change: MemberChange, caller: Caller): Promise<Result<Member>> => {
    const problem = grantsOf(change) === null ? null : await freshProblem(deps, caller)
    return problem === null
      ? deps.store.write((tx) => changeWithin(deps, tx, target, change, caller))
      : refused(problem)
  }
}

async function changeWithin(
  deps: IdentityDeps,
  tx: Transaction,
  target: Target,
  change: MemberChange,
  caller: Caller,
): Promise<Result<Member>> {
  const held = await holdMember(tx, target.id, caller)
  if (!held.ok) return held
  const member = held.value
  const problem = await problemOf(deps, tx, { member, change, version: target.version, caller })
  if (problem !== null) return refused(problem)
  const person = await changeAccount(deps, tx, member.person, change, caller)
  const membership = await changeGrants(deps, tx, member, change, caller)
  if (person === null || membership === null) return refused(refuseHttp('VERSION_STALE'))
  await tx.announce('user', person.id)
  return done({ person, membership })
}

type Asked = {
  readonly member: Member
  readonly change: MemberChange
  readonly version: number | null
  readonly caller: Caller
}

/** What is asked of a change, in this order; the first that is not so is answered. */
async function problemOf(deps: IdentityDeps, tx: Transaction, asked: Asked): Promise<Problem | null> {
  const { member, change, version, caller } = asked
  if (version !== null && version !== versionOf(member)) return refuseHttp('VERSION_STALE')
  const elsewhere = touchesAccount(change) ? elsewhereProblem(member, caller) : null
  if (elsewhere !== null) return elsewhere
  const outranks = await outranksProblem(deps, tablesOf(tx), member.person.id, caller)
  if (outranks !== null) return outranks
  return grantProblem(deps, asked) ?? (await lastProblem(deps, tx, asked))
}

function grantProblem(deps: IdentityDeps, { member, change, caller }: Asked): Problem | null {
  const after = { ...member.membership, ...grantsOf(change) }
  return grantsOf(change) === null
    ? null
    : (grantsProblem(deps, after.organization, after) ??
        exceededProblem(deps, after.organization, [member.membership, after], caller))
}

async function lastProblem(deps: IdentityDeps, tx: Transaction, { member, change }: Asked): Promise<Problem | null> {
  const { membership, person } = member
  const stripped =
    change.roles !== undefined && membership.roles.includes('super_admin') && !change.roles.includes('super_admin')
  return stripped || change.enabled === false ? lastAdminProblem(tx, person.id, deps.clock.now()) : null
}

async function changeAccount(
  deps: IdentityDeps,
  tx: Transaction,
  person: Person,
  change: AccountChange,
  caller: Caller,
): Promise<Person | null> {
  if (!touchesAccount(change)) return person
  const { verified, name, language, enabled } = change
  const now = deps.clock.now()
  const next: Person = {
    ...person,
    ...(name === undefined ? {} : { name }),
    ...(language === undefined ? {} : { language }),
    ...(enabled === undefined ? {} : { enabled }),
    ...(verified === undefined ? {} : { verifiedAt: verified ? (person.verifiedAt ?? now) : null }),
    changedAt: now,
    changedBy: caller.principal.id,
    version: person.version + 1,
  }
  if (!(await updatePerson(tx, next, person.version))) return null
  await tellAccount(deps, tx, person, change, caller)
  if (person.enabled && !next.enabled) await shutOut(deps, tx, next, caller, 'the account was disabled')
  return next
}

async function tellAccount(
  deps: IdentityDeps,
  tx: Transaction,
  person: Person,
  { enabled, ...fields }: AccountChange,
  caller: Caller,
): Promise<void> {
  const names = (['language', 'name', 'verified'] as const).filter((field) => fields[field] !== undefined).join(' ')
  const changed = { type: 'user.changed', outcome: 'success', details: { fields: names } } as const
  if (names !== '') await tellAbout(deps, tx, person, caller, changed)
  if (enabled === undefined || enabled === person.enabled) return
  await tellAbout(deps, tx, person, caller, { type: enabled ? 'user.enabled' : 'user.disabled', outcome: 'success' })
}

async function changeGrants(
  deps: IdentityDeps,
  tx: Transaction,
  { person, membership }: Member,
  change: MemberChange,
  caller: Caller,
): Promise<Membership | null> {
  const grants = grantsOf(change)
  if (grants === null) return membership
  const next: Membership = { ...membership, ...grants, version: membership.version + 1 }
  if (!(await updateMembership(tx, next, membership.version))) return null
  const { organization } = membership
  // A session gets another token whenever what it may changes: nobody can hand one to a browser that does not ask.
  const sessions = (await sessionsOf(tablesOf(tx), person.id)).filter((it) => it.organization === organization)
  const reach = { is: 'rights', personId: person.id } as const
  await endSessions(deps, tx, sessions, { caller, reason: 'what the person may was changed', reach })
  const details = {
    roles: next.roles.join(' '),
    scopes: next.scopes.join(' '),
    permissions: next.permissions.join(' '),
  }
  await tellAbout(deps, tx, { ...person, organization }, caller, { type: 'user.granted', outcome: 'success', details })
  return next
}

function touchesAccount({ name, language, enabled, verified }: AccountChange): boolean {
  return [name, language, enabled, verified].some((value) => value !== undefined)
}

function grantsOf({ roles, scopes, permissions }: MemberChange): Partial<Grants> | null {
  if (roles === undefined && scopes === undefined && permissions === undefined) return null
  return {
    ...(roles === undefined ? {} : { roles }),
    ...(scopes === undefined ? {} : { scopes }),
    ...(permissions === undefined ? {} : { permissions }),
  }
}
