import { createHash } from 'node:crypto'

/** A challenge as it is told to programs. */
export type ToldChallenge = { readonly seed: string; readonly bits: number }

/** Works on a challenge until it is solved. */
export function workOn({ seed, bits }: ToldChallenge): string {
  for (let nonce = 0; ; nonce++) if (zeroBitsOf(`${seed}.${nonce}`) >= bits) return String(nonce)
}

/** Looks for a nonce that does not solve it. */
export function wrongNonce({ seed, bits }: ToldChallenge): string {
  for (let nonce = 0; ; nonce++) if (zeroBitsOf(`${seed}.${nonce}`) < bits) return String(nonce)
}

// Written apart from what is tested: bit by bit.
function zeroBitsOf(text: string): number {
  const bits = [...createHash('sha256').update(text).digest()].map((byte) => byte.toString(2).padStart(8, '0')).join('')
  return bits.indexOf('1') === -1 ? bits.length : bits.indexOf('1')
}
