import { createHmac, createSecretKey, type KeyObject, randomBytes, timingSafeEqual } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { Secret } from '../../core/index.ts'
import { type ClientSecret, type OauthClient, secretsAt, usesSecret } from './client.ts'

const BYTES = 32
const PREFIX = 'spc_'
const FORM = /^spc_[A-Za-z0-9_-]{43}[0-9a-f]{8}$/

export type ClientPepper = KeyObject

export function clientPepperOf(value: Secret<Buffer>): ClientPepper {
  return createSecretKey(value.reveal())
}

/** Makes a client's secret: 256 random bits and a checksum, told once. */
export function newClientSecret(): { readonly text: Secret; readonly hint: string } {
  const body = PREFIX + randomBytes(BYTES).toString('base64url')
  const text = body + checksum(body)
  return { text: new Secret(text), hint: text.slice(-4) }
}

/** All that is kept of a secret. It is bound to its client: moved to another one it proves nothing. */
export function clientSecretDigest(pepper: ClientPepper, clientId: string, text: string): Uint8Array {
  return createHmac('sha256', pepper).update(`${clientId} ${text}`, 'utf8').digest()
}

/**
 * Finds the secret of a client that a text is. Every secret is compared, in constant time, whichever fits.
 *
 * @param now milliseconds; a secret past its end does not count
 */
export function matchSecret(pepper: ClientPepper, client: OauthClient, text: string, now: number): ClientSecret | null {
  // No secret of ours has another form, so nothing is computed for it, however long it is.
  if (!usesSecret(client) || !isClientSecret(text)) return null
  const digest = clientSecretDigest(pepper, client.id, text)
  let found: ClientSecret | null = null
  for (const secret of secretsAt(client.secrets, now)) if (same(secret.digest, digest)) found = secret
  return found
}

function isClientSecret(text: string): boolean {
  return FORM.test(text) && checksum(text.slice(0, -8)) === text.slice(-8)
}

function checksum(body: string): string {
  return crc32(body).toString(16).padStart(8, '0')
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  return a.byteLength === b.byteLength && timingSafeEqual(a, b)
}
