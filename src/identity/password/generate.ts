import { randomInt } from 'node:crypto'
import { Secret } from '../../core/index.ts'

// Without what is mistaken for something else when it is read or typed: 0 O o, 1 l I, and signs.
const ALPHABET = 'abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789'
const LEAST_BITS = { characters: 96, words: 64 } as const

/** Characters of a generated password: 20 are 116 bits. */
export const CHARACTERS = 20
const WORDS = 6

/**
 * A password of random letters and digits, in groups of five that a person can copy.
 *
 * @param length characters without the hyphens between the groups; at least as many as give 96 bits
 * @example generateCharacters().reveal() // 'kTw9c-Qp4Vb-u7XeR-n2GhZ'
 */
export function generateCharacters(length: number = CHARACTERS): Secret {
  requireBits(length, ALPHABET.length, LEAST_BITS.characters)
  const characters = pick(length, [...ALPHABET]).join('')
  return new Secret((characters.match(/.{1,5}/g) ?? []).join('-'))
}

/**
 * A password of words with hyphens between them.
 *
 * @param list the words to pick from, without duplicates
 * @param count at least as many as give 64 bits; 6 of 7776 words give 77
 * @example pickWords(words) // 'unrented-scalding-mutual-cupcake-dragging-stoic'
 */
export function pickWords(list: readonly string[], count: number = WORDS): string {
  requireBits(count, list.length, LEAST_BITS.words)
  return pick(count, list).join('-')
}

// randomInt draws again when a number would make some items likelier than others (rejection sampling).
function pick<T>(count: number, list: readonly T[]): T[] {
  return Array.from({ length: count }, () => list[randomInt(list.length)] as T)
}

function requireBits(count: number, choices: number, least: number): void {
  if (count * Math.log2(choices) < least) throw new Error(`${count} of ${choices} are fewer than ${least} bits`)
}
