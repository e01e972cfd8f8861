import { type Caller, done, type Result, refused } from '../../../core/index.ts'
import type { Transaction } from '../../../store/index.ts'
import type { IdentityDeps } from '../../deps.ts'
import { exceededProblem, NOTHING_GRANTED } from '../../person/grants.ts'
import { refuseIdentity } from '../../problems.ts'
import { freshProblem } from '../../session/step-up.ts'
import { tablesOf } from '../../tables.ts'
import { newToken } from '../../token.ts'
import { chargeOr } from '../limits.ts'
import { reach } from '../reach.ts'
import { holdOrganization } from '../store.ts'
import { tellIn } from '../tell.ts'
import { type Invitation, statusOf } from './invitation.ts'
import { MOST_OPEN, mailsTo } from './invite.ts'
import { mailInvitation } from './mail.ts'
import { countOpenInvitations, findInvitation, renewInvitation } from './store.ts'

/** Mails an invitation once more, also one that is too old; see `InvitationDesk.resend`. */
export function createResendInvitation(deps: IdentityDeps) {
  const { store, limits, clock } = deps

  return async (organization: string, id: string, caller: Caller): Promise<Result<Invitation>> => {
    const db = tablesOf(store)
    const found = await reach(db, organization, caller)
    if (!found.ok) return found
    const invitation = await findInvitation(db, organization, id)
    if (invitation === null || isOver(invitation, clock.now())) return refused(refuseIdentity('INVITATION_UNKNOWN'))
    const grants = { ...NOTHING_GRANTED, roles: invitation.roles }
    const usual = { ...NOTHING_GRANTED, roles: found.value.policy.defaultRoles }
    const problem =
      // An old invitation works again by the rights of whoever sends it now.
      exceededProblem(deps, organization, [usual, grants], caller) ??
      (await freshProblem(deps, caller)) ??
      (await chargeOr('INVITATIONS_LIMITED', limits, mailsTo(organization, invitation.email)))
    if (problem !== null) return refused(problem)
    return store.write((tx) => resendWithin(deps, tx, invitation, caller))
  }
}

function isOver(invitation: Invitation, now: number): boolean {
  const status = statusOf(invitation, now)
  return status === 'accepted' || status === 'revoked'
}

async function resendWithin(
  deps: IdentityDeps,
  tx: Transaction,
  invitation: Invitation,
  caller: Caller,
): Promise<Result<Invitation>> {
  const now = deps.clock.now()
  const organization = await holdOrganization(tx, invitation.organization)
  if (organization === null) return refused(refuseIdentity('ORGANIZATION_UNKNOWN'))
  const open = await countOpenInvitations(tablesOf(tx), organization.id, now)
  if (invitation.expiresAt <= now && open >= MOST_OPEN) return refused(refuseIdentity('INVITATIONS_FULL'))
  const { text, digest } = newToken('spi')
  const renewed = await renewInvitation(tx, invitation, { digest, expiresAt: now + deps.settings.links.invitation })
  if (renewed === null) return refused(refuseIdentity('INVITATION_UNKNOWN'))
  await mailInvitation(deps, tx, organization, renewed, text, caller)
  const event = { type: 'invitation.resent', outcome: 'success', resource: renewed.id } as const
  await tellIn(deps, tx, organization.id, caller, event)
  return done(renewed)
}
