import { hash, randomBytes } from 'node:crypto'
import { Secret } from '../../core/index.ts'

/** What lets register (RFC 7591, section 3), and what lets a client look after itself (RFC 7592, section 3). */
export type RegistrationTokenPrefix = 'spr' | 'spm'

/** Makes a text that nobody can guess: 256 random bits. Only its digest is kept. */
export function newRegistrationToken(prefix: RegistrationTokenPrefix): {
  readonly text: Secret
  readonly digest: Uint8Array
} {
  const text = `${prefix}_${randomBytes(32).toString('base64url')}`
  return { text: new Secret(text), digest: registrationDigest(text) }
}

export function registrationDigest(text: string): Uint8Array {
  return hash('sha256', text, 'buffer')
}

export function isRegistrationToken(prefix: RegistrationTokenPrefix, text: string): boolean {
  return text.startsWith(`${prefix}_`) && /^[a-z]{3}_[A-Za-z0-9_-]{43}$/.test(text)
}
