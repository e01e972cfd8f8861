import { CONTROL_RESOURCES, LOUD_PERMISSIONS } from './permissions.ts'

/**
 * A permission is `resource:action`, optionally narrowed to one object (`orders:read:42`). `*` stands for one whole
 * part or, at the end, for everything that follows: `orders:*` covers `orders:read` and `orders:read:42`; `*` covers all.
 */
const PART = /^(\*|[A-Za-z0-9][A-Za-z0-9._-]{0,63})$/

export const PERMISSION_PATTERN = '^(\\*|[A-Za-z0-9][A-Za-z0-9._-]{0,63})(:(\\*|[A-Za-z0-9][A-Za-z0-9._-]{0,63})){0,2}$'

/** Whether a text has the form of a permission. */
export function isPermission(text: string): boolean {
  const parts = text.split(':')
  if (!parts.every((part) => PART.test(part))) return false
  return text === '*' || parts.length === 2 || parts.length === 3
}

/**
 * Whether one granted permission covers a wanted one. The wider covers the narrower, never the other way: wanting
 * `orders:*` is only covered by `orders:*` or `*`. `*:read` is about
 * the data behind the gateway and covers nothing of our own control plane. A loud permission is only covered where it is
 * named, or by `*`.
 *
 * @example covers('orders:*', 'orders:read:42') // true
 * @example covers('keys:*', 'keys:emergency') // false
 */
export function covers(granted: string, wanted: string): boolean {
  if (granted === wanted || granted === '*') return true
  const have = granted.split(':')
  const want = wanted.split(':')
  if (have.length > want.length) return false
  if (!have.every((part, i) => part === want[i] || part === '*')) return false
  if (have[0] === '*' && isOwnResource(want[0])) return false
  return have[1] !== '*' || !LOUD_PERMISSIONS.has(`${want[0]}:${want[1]}`)
}

function isOwnResource(resource: string | undefined): boolean {
  return resource !== undefined && CONTROL_RESOURCES.has(resource)
}

/** Those of the wanted permissions that none of the granted ones covers. Empty means: allowed. */
export function missingPermissions(granted: readonly string[], wanted: readonly string[]): string[] {
  return wanted.filter((want) => !granted.some((have) => covers(have, want)))
}

/** Those of the wanted scopes that were not granted. Scopes are plain names; only a whole `*` stands for all. */
export function missingScopes(granted: readonly string[], wanted: readonly string[]): string[] {
  if (granted.includes('*')) return []
  return wanted.filter((want) => !granted.includes(want))
}
