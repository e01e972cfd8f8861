import { covers, missingPermissions } from './permission.ts'
import { roleOf } from './roles.ts'

/** What somebody was granted: roles by name, and scopes and permissions beside them. */
export type Grants = {
  readonly roles: readonly string[]
  readonly scopes: readonly string[]
  readonly permissions: readonly string[]
}

/** What somebody holds, once roles are looked up. */
export type Holding = { readonly scopes: readonly string[]; readonly permissions: readonly string[] }

/** Looks up built-in roles. One that is not known gives nothing; those of an organization are for `Access.holdingOf`. */
export function holdingOf(grants: Grants): Holding {
  return holdingBy(roleOf, grants)
}

/** Looks up roles in some way. One that is not found gives nothing. */
export function holdingBy(find: (name: string) => Holding | undefined, grants: Grants): Holding {
  const { scopes, permissions, roles } = grants
  if (roles.length === 0) return { scopes, permissions }
  const found = roles.flatMap((name) => find(name) ?? [])
  return {
    scopes: unique([...scopes, ...found.flatMap((role) => role.scopes)]),
    permissions: unique([...permissions, ...found.flatMap((role) => role.permissions)]),
  }
}

/**
 * What two holdings have in common: what a credential may really do is what it carries and its owner holds (row K9).
 *
 * @example narrow({ scopes: ['*'], permissions: ['orders:*'] }, { scopes: ['read'], permissions: ['*:read'] })
 * // { scopes: ['read'], permissions: ['orders:read'] }
 */
export function narrow(carried: Holding, held: Holding): Holding {
  return {
    scopes: commonScopes(carried.scopes, held.scopes),
    permissions: commonPermissions(carried.permissions, held.permissions),
  }
}

function commonScopes(a: readonly string[], b: readonly string[]): readonly string[] {
  if (b.includes('*')) return a
  return a.includes('*') ? b : a.filter((scope) => b.includes(scope))
}

function commonPermissions(a: readonly string[], b: readonly string[]): readonly string[] {
  if (missingPermissions(b, a).length === 0) return a
  return unique(a.flatMap((one) => b.flatMap((other) => common(one, other) ?? [])))
}

/** The permission that covers exactly what both cover, or null when that is nothing. */
export function common(a: string, b: string): string | null {
  if (covers(b, a)) return a
  if (covers(a, b)) return b
  const [x, y] = [a.split(':'), b.split(':')]
  const parts: string[] = []
  for (let i = 0; i < Math.max(x.length, y.length); i++) {
    const [left = '*', right = '*'] = [x[i], y[i]]
    if (left !== right && left !== '*' && right !== '*') return null
    parts.push(left === '*' ? right : left)
  }
  const both = parts.join(':')
  // `keys:*` and `*:emergency` have no loud permission in common, for neither covers it.
  return covers(a, both) && covers(b, both) ? both : null
}

function unique(values: readonly string[]): string[] {
  return [...new Set(values)]
}
