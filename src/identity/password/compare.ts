import { pbkdf2Sync, randomBytes, scryptSync, timingSafeEqual } from 'node:crypto'
import { hashRawSync } from '@node-rs/argon2'
import bcrypt from 'bcryptjs'
import { unpadded } from './base64.ts'
import type { KnownHash } from './foreign.ts'
import { PARAMETERS } from './parameters.ts'

// What the hashing threads do; each of these takes tens of milliseconds of a core, and more for brought hashes.

type Of<By extends KnownHash['by']> = Extract<KnownHash, { by: By }>
type ByArgon2 = Pick<Of<'argon2'>, 'kind' | 'version' | 'memory' | 'passes' | 'lanes' | 'salt'>

/** A new hash as a PHC string. */
export function makeHash(password: string): string {
  const salt = randomBytes(PARAMETERS.salt)
  const { version, memory, passes, lanes } = PARAMETERS
  const tag = argon2(password, { ...PARAMETERS, kind: 'argon2id', salt }, PARAMETERS.tag)
  return `$argon2id$v=${version}$m=${memory},t=${passes},p=${lanes}$${unpadded(salt)}$${unpadded(tag)}`
}

/** Whether a text is the password of a hash. In constant time over the tags. */
export function fits(password: string, hash: KnownHash): boolean {
  if (hash.by === 'bcrypt') return bcrypt.compareSync(password, hash.text)
  const tag = hash.by === 'argon2' ? argon2(password, hash, hash.tag.length) : derived(password, hash)
  return timingSafeEqual(tag, hash.tag)
}

// The binding's enums are not there at run time: Argon2d, Argon2i, Argon2id and versions 16 and 19 in this order.
const KINDS = ['argon2d', 'argon2i', 'argon2id']

function argon2(password: string, hash: ByArgon2, outputLen: number): Uint8Array {
  return hashRawSync(password, {
    algorithm: KINDS.indexOf(hash.kind),
    version: hash.version === 16 ? 0 : 1,
    memoryCost: hash.memory,
    timeCost: hash.passes,
    parallelism: hash.lanes,
    salt: hash.salt,
    outputLen,
  })
}

function derived(password: string, hash: Of<'scrypt'> | Of<'pbkdf2'>): Uint8Array {
  if (hash.by === 'pbkdf2') return pbkdf2Sync(password, hash.salt, hash.iterations, hash.tag.length, hash.digest)
  const { blockSize, lanes, tag } = hash
  const N = 2 ** hash.ln
  // Twice what the formula gives: node counts its own buffers too.
  const maxmem = 256 * N * blockSize + 256 * blockSize * lanes
  return scryptSync(password, hash.salt, tag.length, { N, r: blockSize, p: lanes, maxmem })
}
