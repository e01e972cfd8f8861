import type { Secret } from '../../core/index.ts'

/** What a store can do. What is false it refuses, and configuration that needs it is refused before. */
export type StoreAbilities = {
  /** Takes new values: `put`, `rotate`, `delete`. */
  readonly write: boolean
  /** Keeps former values, which `get` reads by their version. */
  readonly versions: boolean
  /** Lets a value end by itself. */
  readonly ttl: boolean
}

/** Where a value now lies. */
export type Put = { readonly version: string }
/** Where a value now lies, and under which version the former one is kept; null when there was none. */
export type Rotated = { readonly version: string; readonly previous: string | null }

/**
 * A place outside where secrets are put for the programs that use them (row S2): one interface for files, variables and
 * vaults. Every function throws when the place does not answer or a path is not good there; `pathFault` tells before.
 *
 * @example
 * const store = stores.get('deploy')
 * await store.rotate('billing/api', key)
 */
export type SecretStore = {
  readonly name: string
  readonly kind: string
  readonly can: StoreAbilities
  /** What is wrong with a path for this store, as the rest of a sentence, or null. */
  readonly pathFault: (path: string) => string | null
  /** Writes a value, whether there was one or not. The former one is kept as an older version. @param options.ttl milliseconds */
  readonly put: (path: string, value: Secret, options?: { readonly ttl?: number }) => Promise<Put>
  /** Reads the value, or a version of it; null when there is none. */
  readonly get: (path: string, version?: string) => Promise<Secret | null>
  /** Replaces a value; whoever reads meanwhile gets the old one or the new one, whole. */
  readonly rotate: (path: string, value: Secret) => Promise<Rotated>
  /** The paths that begin so, in their order; at most 10,000. */
  readonly list: (prefix?: string) => Promise<readonly string[]>
  /** Takes a value and its versions away. @returns whether there was one */
  readonly delete: (path: string) => Promise<boolean>
}

/** The stores of the configuration, by name. */
export type SecretStores = {
  readonly get: (name: string) => SecretStore | null
  readonly names: readonly string[]
}

export const MOST_LISTED = 10_000

/** @throws when the store cannot do it: what configures its use asks `can` first */
export function refuseAbility(store: string, what: string): never {
  throw new Error(`the secret store "${store}" cannot ${what}`)
}

/** @throws when the path is not good: what takes it from outside asks `pathFault` first */
export function checkPath(store: Pick<SecretStore, 'name' | 'pathFault'>, path: string): void {
  const fault = store.pathFault(path)
  if (fault !== null) throw new Error(`a path in the secret store "${store.name}" ${fault}`)
}

// PostgreSQL, Kubernetes and most vaults take as much; a key of ours has under a hundred bytes.
const LONGEST_VALUE = 65_536

/** @throws on a value that no program could read back: empty, too long, or with a NUL */
export function checkValue(value: string): void {
  if (value === '') throw new Error('an empty value cannot be put into a secret store')
  if (value.length > LONGEST_VALUE) throw new Error('the value is too long for a secret store')
  if (value.includes('\0')) throw new Error('a value with a NUL character cannot be put into a secret store')
}
