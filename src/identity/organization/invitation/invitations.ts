import { type Caller, done, type Result, refused } from '../../../core/index.ts'
import type { Idempotency } from '../../../http/index.ts'
import type { IdentityDeps } from '../../deps.ts'
import { refuseIdentity } from '../../problems.ts'
import { tablesOf } from '../../tables.ts'
import { reach } from '../reach.ts'
import { tellIn } from '../tell.ts'
import { type Accepted, createInvitationAccept, createInvitationLook, type Shown } from './accept.ts'
import type { Invitation } from './invitation.ts'
import { createInvite, type InvitationWish } from './invite.ts'
import { createResendInvitation } from './resend.ts'
import { listInvitations, revokeInvitation } from './store.ts'

type Part = { readonly before: string | null; readonly limit: number }

/** Asking people to join an organization. The link is mailed, works once, and is shown to nobody else. */
export type InvitationDesk = {
  /**
   * Mails an invitation; a new one to an address replaces the former. Errors: `ORGANIZATION_UNKNOWN`, `INPUT_INVALID`,
   * `ROLE_EXCEEDED`, `STEP_UP_REQUIRED`, `INVITATIONS_LIMITED`, `MEMBER_ALREADY`, `INVITATIONS_FULL`,
   * `IDEMPOTENCY_KEY_REUSED`.
   */
  readonly invite: (
    organization: string,
    wish: InvitationWish,
    caller: Caller,
    idempotency: Idempotency | null,
  ) => Promise<Result<Invitation>>
  /** Newest first, continuing before an id, whatever became of them. Errors: `ORGANIZATION_UNKNOWN`. */
  readonly list: (organization: string, part: Part, caller: Caller) => Promise<Result<Invitation[]>>
  /** Errors: `ORGANIZATION_UNKNOWN`, `INVITATION_UNKNOWN`. */
  readonly revoke: (organization: string, id: string, caller: Caller) => Promise<Result<null>>
  /** Mails another link, for as long again; the former is dead. Errors: as `invite`, `INVITATION_UNKNOWN`. */
  readonly resend: (organization: string, id: string, caller: Caller) => Promise<Result<Invitation>>
  /** What an invitation says, without taking it. Errors: `INVITATION_ENDED`, `INVITATIONS_LIMITED`. */
  readonly look: (token: string, caller: Caller) => Promise<Result<Shown>>
  /**
   * Joins whoever is signed in; of many at once one does. Errors: `IMPERSONATION_FORBIDDEN`, `INVITATION_ENDED`,
   * `INVITATION_FOR_ANOTHER`, `MEMBER_ALREADY`.
   */
  readonly accept: (token: string, caller: Caller) => Promise<Result<Accepted>>
}

export function createInvitations(deps: IdentityDeps): InvitationDesk {
  const { store, clock } = deps

  const list: InvitationDesk['list'] = async (organization, part, caller) => {
    const db = tablesOf(store)
    const found = await reach(db, organization, caller)
    return found.ok ? done(await listInvitations(db, organization, part)) : found
  }

  const revoke: InvitationDesk['revoke'] = async (organization, id, caller) => {
    const found = await reach(tablesOf(store), organization, caller)
    if (!found.ok) return found
    return store.write(async (tx) => {
      const revoked = await revokeInvitation(tx, organization, id, clock.now())
      if (!revoked) return refused(refuseIdentity('INVITATION_UNKNOWN'))
      const event = { type: 'invitation.revoked', outcome: 'success', resource: id } as const
      await tellIn(deps, tx, organization, caller, event)
      return done(null)
    })
  }

  return Object.freeze({
    invite: createInvite(deps),
    list,
    revoke,
    resend: createResendInvitation(deps),
    look: createInvitationLook(deps),
    accept: createInvitationAccept(deps),
  })
}
