import { createCipheriv, createDecipheriv, type KeyObject, randomBytes } from 'node:crypto'

const ALGORITHM = 'aes-256-gcm'
const NONCE_BYTES = 12
const TAG_BYTES = 16
const FORM = /^sp1\.([A-Za-z0-9_-]{12})\.([A-Za-z0-9_-]{16})\.([A-Za-z0-9_-]{22,})$/

/**
 * Encrypts with AES-256-GCM (NIST SP 800-38D) under a fresh random nonce.
 *
 * @param bound what the ciphertext belongs to; opening needs the very same texts
 * @returns nonce, ciphertext and tag, one after the other
 */
export function encrypt(key: KeyObject, plain: Uint8Array | string, bound: readonly string[]): Buffer {
  const nonce = randomBytes(NONCE_BYTES)
  const cipher = createCipheriv(ALGORITHM, key, nonce, { authTagLength: TAG_BYTES })
  cipher.setAAD(bind(bound))
  const start = typeof plain === 'string' ? cipher.update(plain, 'utf8') : cipher.update(plain)
  return Buffer.concat([nonce, start, cipher.final(), cipher.getAuthTag()])
}

/** @returns null when the key, the binding or a single bit is not what it was */
export function decrypt(key: KeyObject, sealed: Uint8Array, bound: readonly string[]): Buffer | null {
  if (sealed.length < NONCE_BYTES + TAG_BYTES) return null
  const tagAt = sealed.length - TAG_BYTES
  const decipher = createDecipheriv(ALGORITHM, key, sealed.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES })
  decipher.setAAD(bind(bound))
  decipher.setAuthTag(sealed.subarray(tagAt))
  try {
    return Buffer.concat([decipher.update(sealed.subarray(NONCE_BYTES, tagAt)), decipher.final()])
  } catch {
    return null
  }
}

/** The text form of a sealed value: `sp1.<data key id>.<nonce>.<ciphertext and tag>`. */
export function formatSealed(keyId: string, sealed: Buffer): string {
  const nonce = sealed.subarray(0, NONCE_BYTES).toString('base64url')
  return `sp1.${keyId}.${nonce}.${sealed.subarray(NONCE_BYTES).toString('base64url')}`
}

/** @returns null when the text is not of that form, to the last bit of its base64url */
export function parseSealed(text: string): { readonly keyId: string; readonly sealed: Buffer } | null {
  const match = FORM.exec(text)
  if (match === null) return null
  const [, keyId = '', nonce = '', rest = ''] = match
  const sealed = Buffer.concat([Buffer.from(nonce, 'base64url'), Buffer.from(rest, 'base64url')])
  return formatSealed(keyId, sealed) === text ? { keyId, sealed } : null
}

// Each part with its length in front: ('ab','c') and ('a','bc') must never mean the same.
function bind(parts: readonly string[]): Buffer {
  return Buffer.concat(
    parts.flatMap((part) => {
      const bytes = Buffer.from(part, 'utf8')
      const length = Buffer.alloc(4)
      length.writeUInt32BE(bytes.length)
      return [length, bytes]
    }),
  )
}
