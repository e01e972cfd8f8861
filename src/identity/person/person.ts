import { readMailAddress } from './address.ts'

/** The languages that people are spoken to in. */
export const LANGUAGES = ['en', 'de'] as const
export type Language = (typeof LANGUAGES)[number]

/** A human being who signs in. Times are milliseconds. */
export type Person = {
  readonly id: string
  /** The organization whose administrators rule over the account itself. */
  readonly organization: string
  readonly email: string
  readonly verifiedAt: number | null
  readonly name: string
  readonly language: Language
  readonly enabled: boolean
  /** Until when an administrator has locked the account; null when it is not. */
  readonly lockedUntil: number | null
  readonly phone: string | null
  readonly phoneVerifiedAt: number | null
  readonly lastSignInAt: number | null
  readonly signIns: number
  readonly createdAt: number
  readonly createdBy: string
  readonly changedAt: number
  readonly changedBy: string
  readonly version: number
}

/** What a person may in one organization. */
export type Membership = {
  readonly personId: string
  readonly organization: string
  readonly roles: readonly string[]
  readonly scopes: readonly string[]
  readonly permissions: readonly string[]
  readonly createdAt: number
  readonly createdBy: string
  readonly version: number
}

/**
 * What two spellings of one mail address have in common. Case does not count, in the local part neither: no provider of
 * today tells people apart by it. Dots and tags do count, since whose they are only the provider knows. What is no mail
 * address is its own key, unchanged: letters of other scripts that fold to ours must not find anybody.
 */
export function emailKeyOf(email: string): string {
  return readMailAddress(email)?.toLowerCase() ?? email
}

/** Whether somebody registered and never showed that the address is theirs: until then it is nobody's. */
export function isUnconfirmed({ id, createdBy, verifiedAt, signIns }: Person): boolean {
  return verifiedAt === null && createdBy === id && signIns === 0
}

/** Whether somebody may come in at all at a moment. */
export function mayComeIn(person: Pick<Person, 'enabled' | 'lockedUntil'>, now: number): boolean {
  return person.enabled && (person.lockedUntil === null || person.lockedUntil <= now)
}
