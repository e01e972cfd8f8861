import { ROLE_NAMES } from '../roles.ts'

/** A role that an organization made. Times are milliseconds. */
export type OwnRole = {
  readonly organization: string
  readonly name: string
  readonly description: string
  /** Roles whose holdings it has too, built-in or of the same organization. */
  readonly inherits: readonly string[]
  readonly scopes: readonly string[]
  readonly permissions: readonly string[]
  readonly createdAt: number
  readonly createdBy: string
  readonly changedAt: number
  readonly changedBy: string
  readonly version: number
}

/** How many roles an organization may make, and how much one may name. */
export const MOST_ROLES = 200
export const MOST_INHERITED = 20
export const MOST_NAMED = 100

/** No underscore, which built-in names have: lists of roles are searched as text, where it stands for any letter. */
export const ROLE_NAME_PATTERN = '^[a-z][a-z0-9-]{0,62}$'

/** What a name of a role looks like wherever one is said, built-in ones included. */
export const ANY_ROLE_PATTERN = '^[a-z][a-z0-9_-]{0,62}$'

// What stands where a built-in name has its underscore, or nothing: `super-admin`, `superadmin`.
const RESERVED = new RegExp(`^(${ROLE_NAMES.map((name) => name.replaceAll('_', '.?')).join('|')})$`)

/** Whether a name is a built-in one, or looks so much like one that somebody would take it for that. */
export function isReserved(name: string): boolean {
  return RESERVED.test(name)
}
