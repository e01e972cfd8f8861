import { hash, randomBytes } from 'node:crypto'
import { Secret } from '../core/index.ts'

const BYTES = 32

/**
 * Makes a text that nobody can guess: 256 bits after a prefix that says what it is for. Only its digest is kept.
 *
 * @example newToken('sps') // { text: Secret, digest }
 */
export function newToken(prefix: TokenPrefix): { readonly text: Secret; readonly digest: Uint8Array } {
  const text = `${prefix}_${randomBytes(BYTES).toString('base64url')}`
  return { text: new Secret(text), digest: digestOf(text) }
}

/** What is kept of a token. A random text of 256 bits needs no slow hash. */
export function digestOf(text: string): Uint8Array {
  return hash('sha256', text, 'buffer')
}

/** Whether a text has the form of such a token: others are refused before anything is looked up. */
export function isToken(prefix: TokenPrefix, text: string): boolean {
  return text.length === prefix.length + 44 && text.startsWith(`${prefix}_`) && FORM.test(text)
}

const FORM = /^[a-z]{3}_[A-Za-z0-9_-]{43}$/

/** Session, device, sign-in under way, mailed link, invitation, browser that asked for a link. */
export type TokenPrefix = 'sps' | 'spd' | 'spf' | 'spl' | 'spi' | 'spb'
