import type { KnownHash } from './foreign.ts'

/** Of every hash that we make: argon2id, RFC 9106. */
export const PARAMETERS = {
  version: 19,
  /** KiB. */
  memory: 65_536,
  passes: 3,
  lanes: 4,
  /** Bytes. */
  salt: 16,
  tag: 32,
} as const

/** Whether a hash is weaker than those we make now, or of another kind. */
export function isStale(hash: KnownHash): boolean {
  return (
    hash.by !== 'argon2' ||
    hash.kind !== 'argon2id' ||
    hash.version !== PARAMETERS.version ||
    hash.memory < PARAMETERS.memory ||
    hash.passes < PARAMETERS.passes ||
    hash.salt.length < PARAMETERS.salt ||
    hash.tag.length < PARAMETERS.tag
  )
}
