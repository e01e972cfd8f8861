import { type Caller, createId, done, type Problem, type Result, refused } from '../../../core/index.ts'
import { answerRepeat, type Idempotency } from '../../../http/index.ts'
import { claimIdempotency, type Transaction } from '../../../store/index.ts'
import type { IdentityDeps } from '../../deps.ts'
import { readMailAddress } from '../../person/address.ts'
import { exceededProblem, grantsProblem, NOTHING_GRANTED } from '../../person/grants.ts'
import { emailKeyOf, type Language } from '../../person/person.ts'
import { notAnAddress } from '../../person/register.ts'
import { findMembership, findPersonByEmail } from '../../person/store.ts'
import { refuseIdentity } from '../../problems.ts'
import { freshProblem } from '../../session/step-up.ts'
import { type Tables, tablesOf } from '../../tables.ts'
import { newToken } from '../../token.ts'
import { chargeOr, ORGANIZATION_RULES } from '../limits.ts'
import type { Organization } from '../organization.ts'
import { reach } from '../reach.ts'
import { holdOrganization } from '../store.ts'
import { tellIn } from '../tell.ts'
import type { Invitation } from './invitation.ts'
import { mailInvitation } from './mail.ts'
import { countOpenInvitations, findInvitation, insertInvitation, revokeInvitationsTo } from './store.ts'

export type InvitationWish = {
  readonly email: string
  /** Null takes the default roles of the organization. */
  readonly roles: readonly string[] | null
  /** Null takes the language of the organization, or of the installation. */
  readonly language: Language | null
}

export const MOST_OPEN = 200

/** Invites somebody; see `InvitationDesk.invite`. */
export function createInvite(deps: IdentityDeps) {
  const { store, limits, settings } = deps

  return async (
    organization: string,
    wish: InvitationWish,
    caller: Caller,
    idempotency: Idempotency | null,
  ): Promise<Result<Invitation>> => {
    const found = await reach(tablesOf(store), organization, caller)
    if (!found.ok) return found
    const email = readMailAddress(wish.email)
    if (email === null) return refused(notAnAddress())
    const { policy } = found.value
    const roles = wish.roles ?? policy.defaultRoles
    const problem =
      rolesProblem(deps, found.value, wish.roles, caller) ??
      (await freshProblem(deps, caller)) ??
      (await chargeOr('INVITATIONS_LIMITED', limits, mailsTo(organization, email)))
    if (problem !== null) return refused(problem)
    const language = wish.language ?? policy.language ?? settings.language
    const asked = { organization, email, roles, language }
    return store.write((tx) => inviteWithin(deps, tx, asked, caller, idempotency))
  }
}

// What the organization gives to everybody who comes was granted when its policy was made.
function rolesProblem(
  deps: IdentityDeps,
  { id, policy }: Organization,
  wished: readonly string[] | null,
  caller: Caller,
): Problem | null {
  const usual = wished === null ? policy.defaultRoles : []
  const grants = { ...NOTHING_GRANTED, roles: wished ?? policy.defaultRoles }
  return (
    grantsProblem(deps, id, grants) ?? exceededProblem(deps, id, [{ ...NOTHING_GRANTED, roles: usual }, grants], caller)
  )
}

/** What a mail with an invitation is charged to. */
export function mailsTo(organization: string, email: string) {
  return [
    { rule: ORGANIZATION_RULES.invitationsByOrganization, key: organization },
    { rule: ORGANIZATION_RULES.invitationsByMailbox, key: emailKeyOf(email) },
  ]
}

type Asked = Pick<Invitation, 'organization' | 'email' | 'roles' | 'language'>

async function inviteWithin(
  deps: IdentityDeps,
  tx: Transaction,
  asked: Asked,
  caller: Caller,
  idempotency: Idempotency | null,
): Promise<Result<Invitation>> {
  const now = deps.clock.now()
  const id = createId('inv', now)
  const claim = (it: Idempotency) => claimIdempotency(tx, { ...it, ref: id, now })
  const repeat = await answerRepeat(idempotency, claim, (ref) => sent(tablesOf(tx), asked.organization, ref))
  if (repeat !== null) return repeat
  // Counted and replaced by one at a time.
  const organization = await holdOrganization(tx, asked.organization)
  if (organization === null) return refused(refuseIdentity('ORGANIZATION_UNKNOWN'))
  if (await isMember(tablesOf(tx), asked)) return refused(refuseIdentity('MEMBER_ALREADY'))
  const replaced = await revokeInvitationsTo(tx, asked.organization, asked.email, now)
  if ((await countOpenInvitations(tablesOf(tx), asked.organization, now)) >= MOST_OPEN) {
    return refused(refuseIdentity('INVITATIONS_FULL'))
  }
  const stamp = { createdAt: now, createdBy: caller.principal.id, expiresAt: now + deps.settings.links.invitation }
  const invitation: Invitation = { ...asked, ...stamp, id, acceptedAt: null, revokedAt: null }
  const { text, digest } = newToken('spi')
  await insertInvitation(tx, invitation, digest)
  await mailInvitation(deps, tx, organization, invitation, text, caller)
  const event = { type: 'invitation.sent', outcome: 'success', resource: id } as const
  const details = { roles: asked.roles.join(' '), replaced: replaced > 0 }
  await tellIn(deps, tx, asked.organization, caller, { ...event, details })
  return done(invitation)
}

async function sent(db: Tables, organization: string, id: string): Promise<Result<Invitation>> {
  const found = await findInvitation(db, organization, id)
  return found === null ? refused(refuseIdentity('INVITATION_UNKNOWN')) : done(found)
}

async function isMember(db: Tables, { email, organization }: Asked): Promise<boolean> {
  const person = await findPersonByEmail(db, email)
  return person !== null && (await findMembership(db, person.id, organization)) !== null
}
