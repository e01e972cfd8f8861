import type { Audit } from '../../audit/index.ts'
import { type Caller, type Clock, organizationOf } from '../../core/index.ts'
import type { Store } from '../../store/index.ts'
import type { Access, Role } from '../access.ts'
import { GRANT_KINDS, type Grant, type Grantee, type GrantKind, grantsOf } from '../grant/grant.ts'
import type { Grants, Holding } from '../grants.ts'
import { covers } from '../permission.ts'
import { LOUD_PERMISSIONS } from '../permissions.ts'
import { reachable } from '../role/settle.ts'
import { knownSince, readUses, type UseRow } from '../use/store.ts'
import { DAY } from '../use/uses.ts'
import type { ReviewedOnes } from './reviews.ts'
import type { Reviewed } from './ways.ts'

/** One thing that somebody was given, by a grant or by their membership or registration, and that they did not use. */
export type Unused = {
  readonly reviewed: Reviewed
  readonly kind: GrantKind
  /** Of the role, permission or scope. */
  readonly name: string
  /** The grant that gave it; null for the membership or the registration. */
  readonly grant: Grant | null
  /** Since when it could have been used and that would be known, in milliseconds. */
  readonly since: number
  /** The day on which it was last used, in milliseconds of its beginning; null for never that is known. */
  readonly usedAt: number | null
  /** `new` could not have been used for so long; of what is `unmeasured` nobody knows. */
  readonly state: 'unused' | 'new' | 'unmeasured'
}

export type UnusedPart = { readonly before: string | null; readonly limit: number }
export type UnusedPage = { readonly items: readonly Unused[]; readonly next: string | null }

export type UnusedDeps = {
  readonly store: Store
  readonly audit: Pick<Audit, 'search'>
  readonly clock: Clock
  readonly access: Access
  readonly ones: ReviewedOnes
  /** The roles that the policies of an organization name: what they decide by is not taken down. */
  readonly rolesInPolicies: (organization: string) => Promise<readonly string[]>
}

/** What was given to some principals and not used for so many days. Looks at so many principals as the part says. */
export async function unusedOf(
  deps: UnusedDeps,
  days: number,
  kind: Grantee['kind'],
  part: UnusedPart,
  caller: Caller,
): Promise<UnusedPage> {
  const organization = organizationOf(caller)
  const { items: ones, next } = await deps.ones.list(kind, part, caller)
  const ids = ones.map(({ principal }) => principal.id)
  const [rows, known, inPolicies] = await Promise.all([
    readUses(deps.store, organization, ids),
    knownSince(deps.store),
    deps.rolesInPolicies(organization),
  ])
  const quiet = deps.clock.now() - days * DAY
  const changed = await lastChanges(deps.audit, organization, kind, quiet)
  const uses = Map.groupBy(rows, ({ principal }) => principal)
  const roles = new Map(deps.access.rolesOf(organization).map((role) => [role.name, role]))
  const items = ones.flatMap((reviewed) => {
    const theirs = uses.get(reviewed.principal.id) ?? []
    const given = deps.access.givenOf(organization, reviewed.principal.id)
    const direct = Math.max(reviewed.since, changed(reviewed.principal.id))
    return sourcesOf(reviewed.grants, given, direct).flatMap((source) => {
      const gives = holdsOf(source, roles)
      const usedAt = lastUse(gives, theirs)
      if (usedAt !== null && usedAt + DAY > quiet) return []
      const since = Math.max(source.since, known)
      const unmeasured = isUnmeasured(gives) || (source.kind === 'role' && inPolicies.includes(source.name))
      const state = since > quiet ? ('new' as const) : unmeasured ? ('unmeasured' as const) : ('unused' as const)
      return [{ reviewed, ...source, since, usedAt, state }]
    })
  })
  return { items, next }
}

type Source = Pick<Unused, 'kind' | 'name' | 'grant' | 'since'>

function sourcesOf(grants: Grants, given: readonly Grant[], since: number): readonly Source[] {
  const named = { role: grants.roles, permission: grants.permissions, scope: grants.scopes }
  const direct = GRANT_KINDS.flatMap((kind) => named[kind].map((name) => ({ kind, name, grant: null, since })))
  return [...direct, ...given.map((grant) => ({ kind: grant.kind, name: grant.name, grant, since: grant.givenAt }))]
}

/** What something gives, and the roles that it is, inherited ones too. */
type Given = Holding & { readonly all: readonly string[] }

function holdsOf({ kind, name }: Source, roles: ReadonlyMap<string, Role>): Given {
  if (kind !== 'role') return { ...grantsOf({ kind, name }), all: [] }
  const all = [...reachable(name, (one) => roles.get(one)?.inherits ?? [])]
  return { ...(roles.get(name)?.holds ?? NOTHING), all }
}

// What was taken down is what was held: it is this, or what a narrower credential carried of it.
function lastUse(gives: Given, theirs: readonly UseRow[]): number | null {
  const days = theirs.filter((use) => isOf(use, gives)).map(({ day }) => day)
  return days.length === 0 ? null : Math.max(...days)
}

function isOf(use: UseRow, { scopes, permissions, all }: Given): boolean {
  if (use.kind === 'permission') return permissions.some((held) => covers(held, use.name))
  return use.kind === 'scope' ? scopes.includes(use.name) || scopes.includes('*') : all.includes(use.name)
}

// What only the inside of the control plane asks for is not taken down.
function isUnmeasured({ scopes, permissions }: Holding): boolean {
  return scopes.length === 0 && permissions.every((permission) => LOUD_PERMISSIONS.has(permission))
}

const MOST_EVENTS = 1000
const CHANGED = { user: ['user.granted'], service: ['service.changed', 'client.updated'] } as const
const GIVING = /\b(roles|scopes|permissions)\b/

/** When what somebody has by membership or registration was last changed, as far back as the moment asked for. */
async function lastChanges(
  audit: Pick<Audit, 'search'>,
  organization: string,
  kind: Grantee['kind'],
  since: number,
): Promise<(id: string) => number> {
  const last = new Map<string, number>()
  let oldest = 0
  for (const type of CHANGED[kind]) {
    const found = await audit.search({ type, organization, since, limit: MOST_EVENTS })
    if (!found.ok) throw new Error(found.problem.code)
    const { items, nextCursor } = found.value
    for (const { resource, at, details } of items) {
      const gives = kind === 'user' || GIVING.test(String(details?.fields))
      if (gives && resource !== null && !last.has(resource)) last.set(resource, at)
    }
    // Where more was changed than is looked through, nobody is said to have had something for longer than is known.
    if (nextCursor !== null) oldest = Math.max(oldest, items.at(-1)?.at ?? 0)
  }
  return (id) => last.get(id) ?? oldest
}

const NOTHING: Holding = Object.freeze({ scopes: [], permissions: [] })
