import type { About } from './answers.ts'
import { normalizePassword } from './normalize.ts'

/** Characters of one word about a person, and words, that a password is compared with. */
const MOST_CHARACTERS = 64
const MOST_WORDS = 40
const LEAST_CHARACTERS = 3

/** Characters of a word that is struck from a password, and that must be left when all are. */
const LEAST_STRUCK = 4
const LEAST_LEFT = 8

const GERMAN: Readonly<Record<string, string>> = { ä: 'ae', ö: 'oe', ü: 'ue', ß: 'ss' }

/**
 * What whoever knows a person would try first: their name, address and organization, whole and in parts, in the
 * spellings that they are found in.
 *
 * @example wordsAbout({ language: 'en', email: 'ada.byron@example.com' }) // ['ada.byron@example.com', 'ada.byron', …]
 */
export function wordsAbout({ email = '', name = '', organizationName = '' }: About): readonly string[] {
  const [local = '', domain = ''] = email.split('@')
  const whole = [email, local, domain, name, organizationName].map((text) => fold(text.slice(0, MOST_CHARACTERS)))
  const parts = whole.map((text) => text.split(/[^\p{L}\p{M}]+/u).filter((part) => part !== ''))
  const joined = parts.flatMap((them) => [them.join(''), them.slice(0, 2).join('')])
  const words = [...whole, ...joined, ...parts.flat()].flatMap(spellingsOf)
  return [...new Set(words.filter((word) => word.length >= LEAST_CHARACTERS))].slice(0, MOST_WORDS)
}

/** Whether little is left of a password without the words about the person: zxcvbn counts two names as a phrase. */
export function isMostlyAbout(password: string, words: readonly string[]): boolean {
  const longestFirst = words.filter((word) => word.length >= LEAST_STRUCK).sort((a, b) => b.length - a.length)
  const folded = fold(password)
  const left = longestFirst.reduce((text, word) => text.replaceAll(word, ''), folded)
  return left !== folded && [...left].length < LEAST_LEFT
}

function fold(text: string): string {
  return normalizePassword(text).toLowerCase()
}

function spellingsOf(word: string): string[] {
  const plain = word.normalize('NFD').replace(/\p{M}/gu, '')
  return [word, word.replace(/[äöüß]/g, (letter) => GERMAN[letter] ?? letter), plain]
}
