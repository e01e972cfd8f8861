import { type Caller, done, type Problem, type Result, refused } from '../../../core/index.ts'
import { refuseHttp } from '../../../http/index.ts'
import type { Transaction } from '../../../store/index.ts'
import type { IdentityDeps } from '../../deps.ts'
import { NOTHING_GRANTED } from '../../person/grants.ts'
import type { Membership, Person } from '../../person/person.ts'
import { findMembership, holdPerson } from '../../person/store.ts'
import { refuseIdentity } from '../../problems.ts'
import { freshProblem } from '../../session/step-up.ts'
import { tablesOf } from '../../tables.ts'
import { revokeInvitationsBy } from '../invitation/store.ts'
import type { Organization } from '../organization.ts'
import { reach } from '../reach.ts'
import { tellIn } from '../tell.ts'
import { outranksHereProblem } from './outrank.ts'
import { endSessionsIn, leavesNobodyProblem, type MemberTarget } from './put.ts'
import { deleteMembership } from './store.ts'

/** Takes somebody out of an organization; see `Members.remove`. */
export function createMemberRemove(deps: IdentityDeps) {
  return async (target: MemberTarget, caller: Caller): Promise<Result<null>> => {
    const found = await reach(tablesOf(deps.store), target.organization, caller)
    if (!found.ok) return found
    const stale = await freshProblem(deps, caller)
    if (stale !== null) return refused(stale)
    return deps.store.write((tx) => removeWithin(deps, tx, found.value, target, caller))
  }
}

async function removeWithin(
  deps: IdentityDeps,
  tx: Transaction,
  organization: Organization,
  target: MemberTarget,
  caller: Caller,
): Promise<Result<null>> {
  const person = await holdPerson(tx, target.personId)
  const membership = await findMembership(tablesOf(tx), target.personId, organization.id)
  if (person === null || membership === null) return refused(refuseIdentity('USER_UNKNOWN'))
  const problem = await problemOf(deps, tx, person, membership, target.version, caller)
  if (problem !== null) return refused(problem)
  if (!(await deleteMembership(tx, membership))) return refused(refuseHttp('VERSION_STALE'))
  await tellRemoved(deps, tx, membership, caller)
  await deps.notices.mail(tx, {
    to: [person.email],
    template: 'member_removed',
    data: { name: person.name, organization: organization.name },
    language: person.language,
    organization: organization.id,
  })
  return done(null)
}

/** What is asked of a removal, in this order; the first that is not so is answered. */
async function problemOf(
  deps: IdentityDeps,
  tx: Transaction,
  person: Person,
  membership: Membership,
  version: number | null,
  caller: Caller,
): Promise<Problem | null> {
  if (version !== null && version !== membership.version) return refuseHttp('VERSION_STALE')
  if (person.organization === membership.organization) return refuseIdentity('MEMBERSHIP_HOME')
  const outranks = outranksHereProblem(deps, membership, caller)
  return outranks ?? leavesNobodyProblem(deps, tx, membership, NOTHING_GRANTED)
}

async function tellRemoved(deps: IdentityDeps, tx: Transaction, membership: Membership, caller: Caller): Promise<void> {
  const { organization, personId } = membership
  await endSessionsIn(deps, tx, membership, caller, 'the person is no longer a member')
  // Whom they invited would come in by rights that they do not have any more.
  const invitations = await revokeInvitationsBy(tx, organization, personId, deps.clock.now())
  await deps.access.endGivenOf(tx, organization, personId, caller.principal.id)
  await tx.announce('user', personId)
  const event = { type: 'member.removed', outcome: 'success', resource: personId } as const
  await tellIn(deps, tx, organization, caller, { ...event, details: { invitations } })
}
