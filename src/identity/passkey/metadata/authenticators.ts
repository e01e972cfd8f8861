import type { X509Certificate } from 'node:crypto'

/** What is known of a model of authenticator. */
export type Authenticator = {
  readonly name: string
  /** A `data:` address; null where there is none. */
  readonly icon: string | null
  /** What its attestation leads to; empty where the metadata vouches for nothing. */
  readonly roots: readonly X509Certificate[]
  /** Whether it was revoked, or its keys or its user verification can be got around. */
  readonly compromised: boolean
}

/** Models by AAGUID, in lower case with hyphens. */
export type Authenticators = ReadonlyMap<string, Authenticator>

export const NO_AUTHENTICATORS: Authenticators = new Map()

const MOST_ICON = 65_536
const ICON = /^data:image\/(png|svg\+xml|jpeg|webp);base64,[A-Za-z0-9+/]+={0,2}$/
const AAGUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** An icon that a page can show as an image and nothing else; null for any other. */
export function iconOf(value: unknown): string | null {
  return typeof value === 'string' && value.length <= MOST_ICON && ICON.test(value) ? value : null
}

/** The AAGUID in the form it is looked up by; null when it is none. */
export function aaguidOf(value: unknown): string | null {
  const text = typeof value === 'string' ? value.toLowerCase() : ''
  return AAGUID.test(text) ? text : null
}

/** A name on one line; null where there is none. */
export function nameOf(value: unknown): string | null {
  if (typeof value !== 'string') return null
  const name = value.replaceAll(/[\p{Cc}\p{Cf}\s]+/gu, ' ').trim()
  return name === '' ? null : name.slice(0, 100)
}
