import { isIP } from 'node:net'
import type { IdentitySettings } from '../settings.ts'

/** Who credentials are made for: WebAuthn Level 3, section 4, "Relying Party". */
export type RelyingParty = {
  readonly id: string
  readonly name: string
  /** Whose pages may ask an authenticator in this name. */
  readonly origins: readonly string[]
  /** Whether a browser takes the id: an address can be none (section 5.1.3). */
  readonly isUsable: boolean
}

/** The relying party of an installation: the issuer's host, unless a domain above it was configured. */
export function relyingPartyOf(
  issuer: string,
  settings: Pick<IdentitySettings, 'passkeys' | 'origins' | 'pages'>,
): RelyingParty {
  const { hostname, origin } = new URL(issuer)
  const { rpId, rpName } = settings.passkeys
  const id = rpId ?? hostname
  const pages = settings.pages === null ? [] : [new URL(settings.pages).origin]
  const others = [...pages, ...settings.origins].filter((other) => isWithin(new URL(other).hostname, id))
  const isUsable = isIP(id) === 0 && !id.startsWith('[')
  return Object.freeze({ id, name: rpName, origins: Object.freeze([...new Set([origin, ...others])]), isUsable })
}

/** Whether a host is a domain or lies below it. */
export function isWithin(host: string, domain: string): boolean {
  return host === domain || host.endsWith(`.${domain}`)
}
