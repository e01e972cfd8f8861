import { hash } from 'node:crypto'

const NONCE = /^[\w-]{1,64}$/

/** The most bits that are ever asked for: about a minute of a fast machine. */
export const MOST_BITS = 26

/** What has to be worked on: the end of the challenge, which nobody can know before it was given out. */
export function seedOf(challenge: string): string {
  return challenge.slice(challenge.lastIndexOf('.') + 1)
}

/**
 * Whether a nonce solves a challenge: SHA-256 of `SEED.NONCE` begins with so many zero bits. One hash, whatever was sent.
 *
 * @example isSolved('q1…', '48213', 18)
 */
export function isSolved(seed: string, nonce: unknown, bits: number): boolean {
  if (typeof nonce !== 'string' || !NONCE.test(nonce)) return false
  return zeroBits(hash('sha256', `${seed}.${nonce}`, 'buffer')) >= bits
}

function zeroBits(bytes: Buffer): number {
  const whole = bytes.findIndex((byte) => byte !== 0)
  return whole === -1 ? bytes.length * 8 : whole * 8 + Math.clz32(bytes[whole] as number) - 24
}
