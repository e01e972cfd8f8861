import type { Language } from '../../person/person.ts'

/** Somebody asked to join an organization. Times are milliseconds. */
export type Invitation = {
  readonly id: string
  readonly organization: string
  readonly email: string
  readonly roles: readonly string[]
  readonly language: Language
  readonly createdAt: number
  readonly createdBy: string
  readonly expiresAt: number
  readonly acceptedAt: number | null
  readonly revokedAt: number | null
}

export const INVITATION_STATUSES = ['open', 'accepted', 'revoked', 'expired'] as const
export type InvitationStatus = (typeof INVITATION_STATUSES)[number]

export function statusOf({ acceptedAt, revokedAt, expiresAt }: Invitation, now: number): InvitationStatus {
  if (acceptedAt !== null) return 'accepted'
  if (revokedAt !== null) return 'revoked'
  return expiresAt > now ? 'open' : 'expired'
}
