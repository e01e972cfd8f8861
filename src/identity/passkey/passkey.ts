import type { ProofMethod } from '../session/session.ts'

/** A passkey says by itself whose it is and asks for a PIN or a finger; a security key is a second factor. */
export const PASSKEY_KINDS = ['passkey', 'security_key'] as const
export type PasskeyKind = (typeof PASSKEY_KINDS)[number]

/** How an authenticator is reached: WebAuthn Level 3, section 5.8.4. */
export const TRANSPORTS = ['usb', 'nfc', 'ble', 'smart-card', 'hybrid', 'internal'] as const
export type Transport = (typeof TRANSPORTS)[number]

/** What an authenticator made and we keep: the credential record of WebAuthn Level 3, section 4. Times are milliseconds. */
export type Passkey = {
  readonly id: string
  readonly personId: string
  /** Base64url; unique in the installation. */
  readonly credentialId: string
  /** A COSE_Key (RFC 9052, section 7). */
  readonly publicKey: Uint8Array
  readonly counter: number
  readonly name: string
  readonly kind: PasskeyKind
  readonly transports: readonly Transport[]
  /** Which model made it, as the authenticator says; zeros where it does not. */
  readonly aaguid: string
  /** Whether it may leave its device (BE). That never changes. */
  readonly backupEligible: boolean
  /** Whether it has (BS). */
  readonly backedUp: boolean
  /** The form of the attestation that was verified; `none` where there was none. */
  readonly format: string
  /** Whether the metadata vouches for the model. */
  readonly attested: boolean
  /** Whether the authenticator says that it can be used without a user name; null where it does not say. */
  readonly discoverable: boolean | null
  readonly createdAt: number
  readonly usedAt: number | null
  /** Since when it is refused because a copy of it was seen; null while it works. */
  readonly suspendedAt: number | null
}

/** How many a person may have. */
export const MOST_PASSKEYS = 20

/** COSE algorithms that are taken: ES256, EdDSA with Ed25519, RS256 (RFC 9053, section 2; RFC 8812, section 2). */
export const ALGORITHMS = [-7, -8, -257] as const

/** What using a credential proves. Whoever only touched it may have found it. */
export function methodOf(used: { readonly userVerified: boolean; readonly backupEligible: boolean }): ProofMethod {
  if (!used.userVerified) return 'security_key'
  return used.backupEligible ? 'passkey' : 'device_passkey'
}

/**
 * Whether a signature counter rose, as it does while there is one authenticator: WebAuthn Level 3, section 6.1.1. Those
 * that do not count say 0 always.
 */
export function hasRisen(counter: number, seen: number): boolean {
  return counter > seen || (counter === 0 && seen === 0)
}
