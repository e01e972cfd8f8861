import { createHmac, hkdfSync } from 'node:crypto'
import { emailKeyOf } from '../person/person.ts'

/** Lengths of credential ids that authenticators make, about as often as they do. */
const LENGTHS = [16, 16, 32, 32, 20, 48, 64] as const
const LONGEST = 64
/** How many ids an address is answered with at the least: 2, 3 or 4, always the same for one address. */
const LEAST = 2
const SPREAD = 3

/**
 * The credential ids that an address is answered with before anything was proved: those it has and inventions, in an
 * order that tells nothing, so that nobody learns whether it has an account (row I1). The same for the same address.
 *
 * @param key of this installation; without it nobody tells an invention from the truth
 */
export function withDecoys(key: Buffer, email: string, real: readonly string[]): readonly string[] {
  const account = emailKeyOf(email)
  const wanted = LEAST + ((digest(key, `count ${account}`)[0] ?? 0) % SPREAD)
  const invented = Array.from({ length: Math.max(0, wanted - real.length) }, (_, i) => decoy(key, `${i} ${account}`))
  return [...real, ...invented].toSorted((a, b) => Buffer.compare(digest(key, a), digest(key, b)))
}

function decoy(key: Buffer, about: string): string {
  const bytes = Buffer.from(hkdfSync('sha256', key, '', `passkey decoy ${about}`, LONGEST + 1))
  return bytes.subarray(1, 1 + (LENGTHS[(bytes[0] ?? 0) % LENGTHS.length] ?? LONGEST)).toString('base64url')
}

function digest(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest()
}
