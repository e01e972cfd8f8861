import type { Key } from '../key.ts'
import { CHECKS } from '../verify/check.ts'
import { type Entry, entryOf } from '../verify/entry.ts'

/** What of a key nobody needs to judge a use of it. */
type Told = 'name' | 'description' | 'metadata' | 'tags' | 'hint' | 'created' | 'changed' | 'rotatedFrom' | 'rotatedTo'

/**
 * A proved key for a door in another process, which judges its uses there. Every rule goes along, also those that are
 * made later: the record is what is left without the words about it. `scopes` and `permissions` are what the key gives,
 * not what is written on it.
 */
export type PortableKey = Omit<Key, Told> & {
  readonly ownerEnabled: boolean
  /** The roles of its owner of which it carries all that they give; none where the other side knew nothing of them. */
  readonly roles?: readonly string[]
  /** Whether it has limits of a tier too, which are counted where it was proved. */
  readonly tiered?: boolean
  /** When its owner loses something by time, in milliseconds; null for never. */
  readonly holdsUntil: number | null
  /** The rules that must be asked, in order. Who knows others must not judge by itself. */
  readonly rules: string
}

/** The rules of this version, by name. */
export const RULES = CHECKS.map(({ name }) => name).join(' ')

export function portableOf({ key, principal, ownerEnabled, holdsUntil, tiered }: Entry): PortableKey {
  const { name: _1, description: _2, metadata: _3, tags: _4, hint: _5, created: _6, changed: _7, ...rest } = key
  const { rotatedFrom: _8, rotatedTo: _9, ...rules } = rest
  return {
    ...rules,
    scopes: principal.scopes,
    permissions: principal.permissions,
    ...(principal.roles === undefined ? {} : { roles: principal.roles }),
    ownerEnabled,
    ...(tiered && { tiered }),
    ...until(holdsUntil),
    rules: RULES,
  }
}

// JSON has no infinity.
function until(holdsUntil: number) {
  return { holdsUntil: Number.isFinite(holdsUntil) ? holdsUntil : null }
}

const NOWHERE = Object.freeze({ at: 0, by: '', address: null, userAgent: null })

/** The entry again, on the other side. */
export function entryOfPortable(portable: PortableKey): Entry {
  const { ownerEnabled, holdsUntil, roles = [], rules: _rules, tiered = false, ...rest } = portable
  const key: Key = {
    ...rest,
    name: '',
    description: '',
    metadata: {},
    tags: [],
    hint: { start: '', end: '' },
    created: NOWHERE,
    changed: NOWHERE,
    rotatedFrom: null,
    rotatedTo: null,
  }
  const { scopes, permissions } = rest
  const holds = { scopes, permissions }
  const owner = { name: 'the owner', enabled: ownerEnabled, holds, holdsUntil, limits: null }
  return { ...entryOf(key, { ...owner, rolesWithin: () => roles }), tiered }
}

/** Whether a key has limits that only the server can hold for all doors together. */
export function isLimited({ tiered, key: { usageLimit, rateLimits } }: Entry): boolean {
  return tiered || usageLimit !== null || rateLimits.length > 0
}
