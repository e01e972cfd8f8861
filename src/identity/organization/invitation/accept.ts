import { type Caller, done, type Result, refused } from '../../../core/index.ts'
import type { Transaction } from '../../../store/index.ts'
import type { IdentityDeps } from '../../deps.ts'
import { NOTHING_GRANTED } from '../../person/grants.ts'
import { emailKeyOf, isUnconfirmed, type Membership, type Person } from '../../person/person.ts'
import { findMembership, findPersonByEmail, holdPerson } from '../../person/store.ts'
import { markVerified } from '../../person/verify.ts'
import { refuseIdentity } from '../../problems.ts'
import { tablesOf } from '../../tables.ts'
import { digestOf, isToken } from '../../token.ts'
import { chargeOr, ORGANIZATION_RULES } from '../limits.ts'
import { addMember } from '../member/put.ts'
import type { Organization } from '../organization.ts'
import { findOrganization } from '../store.ts'
import { tellIn } from '../tell.ts'
import type { Invitation } from './invitation.ts'
import { findStanding, takeInvitation } from './store.ts'

/** What the page that an invitation leads to shows. */
export type Shown = {
  readonly invitation: Invitation
  readonly organization: Organization
  /** Whether the address has an account to sign in to: whoever has the link has the mailbox. */
  readonly hasAccount: boolean
}

export type Accepted = { readonly organization: Organization; readonly membership: Membership }

/** Shows an invitation to whoever has its link; see `InvitationDesk.look`. */
export function createInvitationLook({ store, clock, limits }: IdentityDeps) {
  return async (token: string, caller: Caller): Promise<Result<Shown>> => {
    const asks = [{ rule: ORGANIZATION_RULES.looksByAddress, key: caller.address ?? 'unknown' }]
    const limited = await chargeOr('INVITATIONS_LIMITED', limits, asks)
    if (limited !== null) return refused(limited)
    const db = tablesOf(store)
    const invitation = isToken('spi', token) ? await findStanding(db, digestOf(token), clock.now()) : null
    const organization = invitation === null ? null : await findOrganization(db, invitation.organization)
    if (invitation === null || organization === null) return refused(refuseIdentity('INVITATION_ENDED'))
    const person = await findPersonByEmail(db, invitation.email)
    return done({ invitation, organization, hasAccount: person !== null && !isUnconfirmed(person) })
  }
}

/** Accepts an invitation in a session; see `InvitationDesk.accept`. */
export function createInvitationAccept(deps: IdentityDeps) {
  return async (token: string, caller: Caller): Promise<Result<Accepted>> => {
    if (caller.principal.actor !== undefined) return refused(refuseIdentity('IMPERSONATION_FORBIDDEN'))
    if (!isToken('spi', token)) return refused(refuseIdentity('INVITATION_ENDED'))
    return deps.store.write((tx) => acceptWithin(deps, tx, digestOf(token), caller))
  }
}

async function acceptWithin(
  deps: IdentityDeps,
  tx: Transaction,
  digest: Uint8Array,
  caller: Caller,
): Promise<Result<Accepted>> {
  const db = tablesOf(tx)
  const person = await holdPerson(tx, caller.principal.id)
  const found = await findStanding(db, digest, deps.clock.now())
  const organization = found === null ? null : await findOrganization(db, found.organization)
  if (person === null || found === null || organization === null) return refused(refuseIdentity('INVITATION_ENDED'))
  if (emailKeyOf(person.email) !== emailKeyOf(found.email)) return refused(refuseIdentity('INVITATION_FOR_ANOTHER'))
  if ((await findMembership(db, person.id, organization.id)) !== null) return refused(refuseIdentity('MEMBER_ALREADY'))
  const taken = await takeInvitation(tx, digest, deps.clock.now())
  if (taken === null) return refused(refuseIdentity('INVITATION_ENDED'))
  // Who has the link has the mailbox.
  if (person.verifiedAt === null) await markVerified(deps, tx, person, caller)
  const grants = { ...NOTHING_GRANTED, roles: taken.roles }
  const wish = { person, organization: organization.id, grants, by: 'invitation' } as const
  const membership = await addMember(deps, tx, wish, caller)
  if (membership === null) return refused(refuseIdentity('MEMBER_ALREADY'))
  await tellAccepted(deps, tx, taken, person, caller)
  return done({ organization, membership })
}

/** Writes that an invitation was accepted. Who registered by it is named, though they are not signed in yet. */
export async function tellAccepted(
  deps: Pick<IdentityDeps, 'audit'>,
  tx: Transaction,
  { id, organization, roles }: Invitation,
  person: Pick<Person, 'id'>,
  caller: Caller,
): Promise<void> {
  const isNamed = caller.principal.kind !== 'anonymous'
  const actor = isNamed ? {} : { principalKind: 'user' as const, principal: person.id }
  const event = { type: 'invitation.accepted', outcome: 'success', resource: id } as const
  const details = { person: person.id, roles: roles.join(' ') }
  await tellIn(deps, tx, organization, caller, { ...actor, ...event, details })
}
