import type { Grants } from '../grants.ts'

/** What a grant gives one of. */
export const GRANT_KINDS = ['role', 'permission', 'scope'] as const
export type GrantKind = (typeof GRANT_KINDS)[number]

/** Who can be granted something. */
export const GRANTEE_KINDS = ['user', 'service'] as const
export type Grantee = { readonly kind: (typeof GRANTEE_KINDS)[number]; readonly id: string }

/**
 * One thing that somebody was granted in an organization, beside what their membership or service names: by whom, why, and
 * until when. Times are milliseconds.
 */
export type Grant = {
  readonly id: string
  readonly organization: string
  readonly principal: Grantee
  readonly kind: GrantKind
  /** Of the role, permission or scope. */
  readonly name: string
  readonly reason: string
  readonly givenAt: number
  readonly givenBy: string
  /** When it ends by itself; null for never. */
  readonly until: number | null
  /** When somebody ended it; null while nobody did. */
  readonly endedAt: number | null
  readonly endedBy: string | null
}

/** Grants that work, and when the first of them ends by itself; null for never. */
export type HeldGrants = Grants & { readonly until: number | null }

/** How many working grants one principal may have. */
export const MOST_GRANTS = 100

/** Whether a grant works at a time, in milliseconds. */
export function isWorking({ until, endedAt }: Pick<Grant, 'until' | 'endedAt'>, now: number): boolean {
  return (endedAt === null || endedAt > now) && (until === null || until > now)
}

/** What somebody holds by other ways and by working grants. */
export function withGrants(grants: Grants, given: readonly Grant[]): HeldGrants {
  const { roles, scopes, permissions } = grants
  if (given.length === 0) return { roles, scopes, permissions, until: null }
  const of = (kind: GrantKind) => given.filter((grant) => grant.kind === kind).map(({ name }) => name)
  const ends = given.flatMap(({ until }) => until ?? [])
  return {
    roles: [...new Set([...roles, ...of('role')])],
    scopes: [...new Set([...scopes, ...of('scope')])],
    permissions: [...new Set([...permissions, ...of('permission')])],
    until: ends.length === 0 ? null : Math.min(...ends),
  }
}

/** A grant as grants. */
export function grantsOf({ kind, name }: Pick<Grant, 'kind' | 'name'>): Grants {
  const of = (wanted: GrantKind) => (kind === wanted ? [name] : [])
  return { roles: of('role'), scopes: of('scope'), permissions: of('permission') }
}
