import { createHash, X509Certificate } from 'node:crypto'

const LONGEST = 16_384

/**
 * The thumbprint of a client certificate as a proxy names it in a header (RFC 8705, section 3.1): `:base64:` of RFC 9440,
 * the base64 of the DER form, or PEM with percent-encoding.
 *
 * @returns null for a text that is no certificate
 */
export function thumbprintOf(text: string): string | null {
  try {
    const certificate = text.length > LONGEST ? null : new X509Certificate(bytesOf(text.trim()))
    return certificate === null ? null : createHash('sha256').update(certificate.raw).digest('base64url')
  } catch {
    return null
  }
}

function bytesOf(text: string): Buffer {
  const wrapped = /^:([A-Za-z0-9+/=]+):$/.exec(text)
  if (wrapped?.[1] !== undefined) return Buffer.from(wrapped[1], 'base64')
  if (/^[A-Za-z0-9+/]+={0,2}$/.test(text)) return Buffer.from(text, 'base64')
  return Buffer.from(decodeURIComponent(text), 'utf8')
}
