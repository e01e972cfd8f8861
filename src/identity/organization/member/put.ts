import type { Grants } from '../../../access/index.ts'
import { type Caller, done, type Problem, type Result, refused } from '../../../core/index.ts'
import { refuseHttp } from '../../../http/index.ts'
import type { Transaction } from '../../../store/index.ts'
import type { IdentityDeps } from '../../deps.ts'
import { exceededProblem, grantsProblem, NOTHING_GRANTED } from '../../person/grants.ts'
import { lastAdminProblem } from '../../person/last-admin.ts'
import type { Member } from '../../person/member.ts'
import type { Membership, Person } from '../../person/person.ts'
import { findMembership, holdPerson, insertMembership, updateMembership } from '../../person/store.ts'
import { refuseIdentity } from '../../problems.ts'
import { endSessions } from '../../session/sessions.ts'
import { freshProblem } from '../../session/step-up.ts'
import { sessionsOf } from '../../session/store.ts'
import { tablesOf } from '../../tables.ts'
import { reach, rulesAll } from '../reach.ts'
import { tellIn } from '../tell.ts'
import { lastAdministratorProblem, runs } from './last-admin.ts'
import { outranksHereProblem } from './outrank.ts'

/** Which membership, and in which version; null for whatever it is now. */
export type MemberTarget = {
  readonly organization: string
  readonly personId: string
  readonly version: number | null
}

/** Says what a member may; see `Members.put`. */
export function createMemberPut(deps: IdentityDeps) {
  return async (target: MemberTarget, grants: Grants, caller: Caller): Promise<Result<Member>> => {
    const found = await reach(tablesOf(deps.store), target.organization, caller)
    if (!found.ok) return found
    const problem = (await freshProblem(deps, caller)) ?? grantsProblem(deps, target.organization, grants)
    if (problem !== null) return refused(problem)
    return deps.store.write((tx) => putWithin(deps, tx, target, grants, caller))
  }
}

async function putWithin(
  deps: IdentityDeps,
  tx: Transaction,
  target: MemberTarget,
  grants: Grants,
  caller: Caller,
): Promise<Result<Member>> {
  const person = await holdPerson(tx, target.personId)
  const membership = await findMembership(tablesOf(tx), target.personId, target.organization)
  // Who belongs to others alone is nobody here, but for whoever runs the installation.
  const isSeen = person !== null && (membership !== null || rulesAll(caller))
  if (!isSeen) return refused(refuseIdentity('USER_UNKNOWN'))
  if (membership === null) return add(deps, tx, person, target, grants, caller)
  return change(deps, tx, { person, membership }, { ...target, grants, caller })
}

async function add(
  deps: IdentityDeps,
  tx: Transaction,
  person: Person,
  { organization, version }: MemberTarget,
  grants: Grants,
  caller: Caller,
): Promise<Result<Member>> {
  if (version !== null) return refused(refuseHttp('VERSION_STALE'))
  const problem = exceededProblem(deps, organization, [NOTHING_GRANTED, grants], caller)
  if (problem !== null) return refused(problem)
  const membership = await addMember(deps, tx, { person, organization, grants, by: 'administrator' }, caller)
  return membership === null ? refused(refuseHttp('VERSION_STALE')) : done({ person, membership })
}

export type NewMember = {
  readonly person: Person
  readonly organization: string
  readonly grants: Grants
  readonly by: 'administrator' | 'invitation' | 'domain'
}

/** Makes somebody a member; null when they are one already. Of many at once one does. */
export async function addMember(
  deps: Pick<IdentityDeps, 'clock' | 'audit'>,
  tx: Transaction,
  { person, organization, grants, by }: NewMember,
  caller: Caller,
): Promise<Membership | null> {
  const createdBy = caller.principal.kind === 'anonymous' ? person.id : caller.principal.id
  const stamp = { createdAt: deps.clock.now(), createdBy, version: 1 }
  const membership: Membership = { personId: person.id, organization, ...grants, ...stamp }
  if (!(await insertMembership(tx, membership))) return null
  await tx.announce('user', person.id)
  const details = { by, ...wordsOf(grants) }
  await tellIn(deps, tx, organization, caller, {
    type: 'member.added',
    outcome: 'success',
    resource: person.id,
    details,
  })
  return membership
}

type Change = MemberTarget & { readonly grants: Grants; readonly caller: Caller }

async function change(
  deps: IdentityDeps,
  tx: Transaction,
  { person, membership }: Member,
  asked: Change,
): Promise<Result<Member>> {
  const { grants, caller, organization } = asked
  const problem = await problemOf(deps, tx, membership, asked)
  if (problem !== null) return refused(problem)
  const next: Membership = { ...membership, ...grants, version: membership.version + 1 }
  if (!(await updateMembership(tx, next, membership.version))) return refused(refuseHttp('VERSION_STALE'))
  await endSessionsIn(deps, tx, next, caller, 'what the person may was changed')
  await tx.announce('user', person.id)
  const details = wordsOf(next)
  await tellIn(deps, tx, organization, caller, {
    type: 'user.granted',
    outcome: 'success',
    resource: person.id,
    details,
  })
  return done({ person, membership: next })
}

/** What is asked of a change, in this order; the first that is not so is answered. */
async function problemOf(
  deps: IdentityDeps,
  tx: Transaction,
  membership: Membership,
  { grants, version, caller }: Change,
): Promise<Problem | null> {
  if (version !== null && version !== membership.version) return refuseHttp('VERSION_STALE')
  const problem =
    outranksHereProblem(deps, membership, caller) ??
    exceededProblem(deps, membership.organization, [membership, grants], caller)
  return problem ?? leavesNobodyProblem(deps, tx, membership, grants)
}

/** Why a membership cannot become this: it is the last that runs its organization, or the last that can do everything. */
export async function leavesNobodyProblem(
  { clock, access }: Pick<IdentityDeps, 'clock' | 'access'>,
  tx: Transaction,
  membership: Membership,
  after: Grants,
): Promise<Problem | null> {
  const { personId, organization, roles } = membership
  const isStripped = roles.includes('super_admin') && !after.roles.includes('super_admin')
  const last = isStripped ? await lastAdminProblem(tx, personId, clock.now()) : null
  if (last !== null) return last
  const steps = runs(access, organization, membership) && !runs(access, organization, after)
  return steps ? lastAdministratorProblem(access, tx, organization, personId, clock.now()) : null
}

/** Ends what somebody has open in one organization: rights that went go with it. */
export async function endSessionsIn(
  deps: IdentityDeps,
  tx: Transaction,
  { personId, organization }: Pick<Membership, 'personId' | 'organization'>,
  caller: Caller,
  reason: string,
): Promise<void> {
  const all = await sessionsOf(tablesOf(tx), personId)
  await endSessions(
    deps,
    tx,
    all.filter((session) => session.organization === organization),
    { caller, reason, reach: { is: 'rights', personId } },
  )
}

function wordsOf({ roles, scopes, permissions }: Grants) {
  return { roles: roles.join(' '), scopes: scopes.join(' '), permissions: permissions.join(' ') }
}
