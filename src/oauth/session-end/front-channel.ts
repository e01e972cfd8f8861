import type { OauthClient } from '../client/client.ts'

type Recipient = Pick<OauthClient, 'frontchannelLogoutUri'>
export type SignedOut = { readonly clientId: string; readonly sid: string }

/** What discovery says of it (section 3 there). */
export const FRONT_CHANNEL_DISCOVERY = {
  frontchannel_logout_supported: true,
  frontchannel_logout_session_supported: true,
} as const

/** So many frames at the most; clients that are not reached by them have the back channel. */
const MOST = 32

/**
 * The addresses that the browser of whoever signs out has to load, so that clients forget what they keep there (OpenID
 * Connect Front-Channel Logout 1.0, section 2). Each says whose session it was.
 */
export async function frontChannelAddresses(
  signedOut: readonly SignedOut[],
  deps: {
    readonly issuer: string
    readonly findClient: (id: string) => Recipient | null | Promise<Recipient | null>
  },
): Promise<string[]> {
  const addresses: string[] = []
  for (const { clientId, sid } of signedOut) {
    const address = (await deps.findClient(clientId))?.frontchannelLogoutUri ?? null
    if (address === null) continue
    const url = new URL(address)
    url.searchParams.set('iss', deps.issuer)
    url.searchParams.set('sid', sid)
    addresses.push(url.href)
  }
  return addresses.slice(0, MOST)
}

/** What a page with those frames says of them (Content Security Policy Level 3): these addresses, and no others. */
export function frameSources(addresses: readonly string[]): string {
  if (addresses.length === 0) return "frame-src 'none'"
  const sources = addresses.map((address) => {
    const { origin, pathname } = new URL(address)
    // These two mean something in the header.
    return `${origin}${pathname.replaceAll(';', '%3B').replaceAll(',', '%2C')}`
  })
  return `frame-src ${[...new Set(sources)].join(' ')}`
}
