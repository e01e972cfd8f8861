import type { Audit } from '../../audit/index.ts'
import { type Caller, type Clock, done, organizationOf, type Result, refused } from '../../core/index.ts'
import { refuseHttp } from '../../http/index.ts'
import type { Store } from '../../store/index.ts'
import type { Access } from '../access.ts'
import type { Grantee } from '../grant/grant.ts'
import { covers } from '../permission.ts'
import { type AccessChanges, changesBetween } from './changes.ts'
import { type UnusedDeps, type UnusedPage, unusedOf } from './unused.ts'
import { type Reviewed, type Way, waysOf } from './ways.ts'

type Part = { readonly before: string | null; readonly limit: number }

/** Those who can hold something. Other modules look after them. */
export type ReviewedOnes = {
  /** Newest first, continuing before an id; `next` is the id to go on before. */
  readonly list: (
    kind: Grantee['kind'],
    part: Part,
    caller: Caller,
  ) => Promise<{ readonly items: readonly Reviewed[]; readonly next: string | null }>
  /** Errors: those of whoever looks after them, for who is not there. */
  readonly get: (grantee: Grantee, caller: Caller) => Promise<Result<Reviewed>>
}

/** Somebody, and the ways by which they hold what was asked about. */
export type Held = Reviewed & { readonly ways: readonly Way[] }
export type Wanted = { readonly kind: Way['kind']; readonly name: string }

/** Looking back at who may do what (row A11): by roles and grants, what policies and relations say apart. */
export type Reviews = {
  /** Who holds a permission or a scope, and by which ways. Looks at so many principals as the part says. */
  readonly who: (
    wanted: Wanted,
    kind: Grantee['kind'],
    part: Part,
    caller: Caller,
  ) => Promise<{ readonly items: readonly Held[]; readonly next: string | null }>
  /** All that somebody holds, and by which ways. Errors: `USER_UNKNOWN`, `SERVICE_UNKNOWN`. */
  readonly what: (grantee: Grantee, caller: Caller) => Promise<Result<Held>>
  /** What changed who may do what between two times, in milliseconds. Errors: `INPUT_INVALID`. */
  readonly changes: (since: number, until: number, caller: Caller) => Promise<Result<AccessChanges>>
  /** What was given and not used for so many days. Looks at so many principals as the part says. */
  readonly unused: (days: number, kind: Grantee['kind'], part: Part, caller: Caller) => Promise<UnusedPage>
}

export function createReviews(deps: {
  readonly store: Store
  readonly audit: Pick<Audit, 'search'>
  readonly clock: Clock
  readonly access: Access
  readonly ones: ReviewedOnes
  readonly rolesInPolicies: UnusedDeps['rolesInPolicies']
}): Reviews {
  const held = (reviewed: Reviewed, caller: Caller): Held => ({
    ...reviewed,
    ways: waysOf(deps.access, organizationOf(caller), reviewed),
  })

  const who: Reviews['who'] = async (wanted, kind, part, caller) => {
    const { items, next } = await deps.ones.list(kind, part, caller)
    const found = items.map((one) => held(one, caller)).map((one) => ({ ...one, ways: one.ways.filter(gives(wanted)) }))
    return { items: found.filter(({ ways }) => ways.length > 0), next }
  }

  const what: Reviews['what'] = async (grantee, caller) => {
    const found = await deps.ones.get(grantee, caller)
    return found.ok ? done(held(found.value, caller)) : found
  }

  const changes: Reviews['changes'] = async (since, until, caller) => {
    if (since < until) return done(await changesBetween(deps, organizationOf(caller), since, until))
    const errors = [{ path: 'query.since', message: 'must be before until' }]
    return refused(refuseHttp('INPUT_INVALID', { errors }))
  }

  const unused: Reviews['unused'] = (days, kind, part, caller) => unusedOf(deps, days, kind, part, caller)

  return Object.freeze({ who, what, changes, unused })
}

function gives({ kind, name }: Wanted): (way: Way) => boolean {
  if (kind === 'permission') return (way) => way.kind === 'permission' && covers(way.name, name)
  return (way) => way.kind === 'scope' && (way.name === name || way.name === '*')
}
