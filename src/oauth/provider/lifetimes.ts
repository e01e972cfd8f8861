import type { KoaContextWithOIDC } from 'oidc-provider'
import type { OauthClient } from '../client/client.ts'
import type { ProviderDeps } from './deps.ts'
import { codeLifetime } from './fapi2.ts'

const HOUR = 3_600_000
const seconds = (ms: number): number => Math.max(1, Math.floor(ms / 1000))

type Waiting = { readonly params?: { readonly requested_expiry?: string } }

// CIBA Core, section 7.1: a client may wish for less.
function waitsFor({ params }: Waiting, most: number): number {
  const wished = Number(params?.requested_expiry ?? Number.POSITIVE_INFINITY)
  return Math.min(Math.max(30, wished), seconds(most))
}

/** How long each thing lives, in seconds: as its client says, else as the configuration does (row O6). */
export function lifetimesOf(
  { lifetimes }: ProviderDeps['settings'],
  clientOf: (ctx: KoaContextWithOIDC) => OauthClient | null,
  sessionEnd: (ctx: KoaContextWithOIDC) => number,
) {
  const of = (name: 'accessToken' | 'idToken' | 'refreshToken') => (ctx: KoaContextWithOIDC) =>
    seconds(clientOf(ctx)?.lifetimes[name] ?? lifetimes[name])
  const accessToken = (ctx: KoaContextWithOIDC, token: { resourceServer?: { accessTokenTTL?: number | undefined } }) =>
    token.resourceServer?.accessTokenTTL ?? of('accessToken')(ctx)
  return {
    AccessToken: accessToken,
    ClientCredentials: accessToken,
    AuthorizationCode: (ctx: KoaContextWithOIDC) => seconds(codeLifetime(clientOf(ctx), lifetimes.code)),
    IdToken: of('idToken'),
    RefreshToken: of('refreshToken'),
    DeviceCode: () => seconds(lifetimes.deviceCode),
    BackchannelAuthenticationRequest: (_ctx: unknown, request: Waiting) => waitsFor(request, lifetimes.deviceCode),
    Grant: () => seconds(lifetimes.grant),
    Interaction: () => seconds(HOUR),
    Session: (ctx: KoaContextWithOIDC) => sessionEnd(ctx),
  }
}
