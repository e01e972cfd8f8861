import { randomBytes } from 'node:crypto'
import type { Client, Configuration } from 'oidc-provider'
import type { OauthClient } from '../client/client.ts'
import type { createProtocolPages } from '../page/protocol.ts'
import { mayIntrospect } from '../signed-token/may-introspect.ts'
import type { ProviderDeps } from './deps.ts'
import type { createResources } from './resources.ts'

type Owned = {
  readonly clientId?: string | undefined
  readonly aud?: string | readonly string[] | undefined
  readonly extra?: Readonly<Record<string, unknown>> | undefined
}
type Features = NonNullable<Configuration['features']>

/**
 * What is switched on, feature by feature. What stands here as off has no endpoint and no parameter.
 *
 * @param deps.nonceSecret 32 bytes that all processes share, so that a nonce of one is good at another
 */
export function featuresOf(deps: {
  readonly settings: ProviderDeps['settings']
  readonly resources: ReturnType<typeof createResources>
  readonly recordOf: (client: Client | undefined) => OauthClient | null
  readonly nonceSecret: Buffer
  readonly more: Readonly<Record<string, object>>
  readonly pages: Pick<ReturnType<typeof createProtocolPages>, 'deviceFlow' | 'rpInitiatedLogout'>
}): Features {
  const { settings, resources, recordOf } = deps
  const features = {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    claimsParameter: { enabled: true },
    introspection: {
      enabled: true,
      allowedPolicy: (_ctx: unknown, client: Client, token: Owned) => mayAsk(recordOf(client), token),
    },
    revocation: {
      enabled: true,
      allowedPolicy: (_ctx: unknown, client: Client, token: Owned) => token.clientId === client.clientId,
    },
    userinfo: { enabled: true },
    jwtUserinfo: { enabled: true },
    jwtIntrospection: { enabled: true },
    jwtResponseModes: { enabled: true },
    pushedAuthorizationRequests: { enabled: true, allowUnregisteredRedirectUris: false },
    dPoP: { enabled: true, nonceSecret: deps.nonceSecret, requireNonce: () => settings.dpopNonces !== 'off' },
    backchannelLogout: { enabled: true },
    rpInitiatedLogout: { enabled: true, ...deps.pages.rpInitiatedLogout },
    resourceIndicators: { enabled: true, ...resources },
    fapi: {
      enabled: true,
      profile: (_ctx: unknown, client: Client) => (recordOf(client)?.fapi2 === true ? '2.0' : undefined),
    },
    // Both are ours: clients are kept by their registry (src/oauth/registration).
    registration: { enabled: false },
    registrationManagement: { enabled: false },
    encryption: { enabled: false },
    ...deps.more,
    deviceFlow: { enabled: true, ...deps.more.deviceFlow, ...deps.pages.deviceFlow },
  }
  // The library's types tie features together that are off here.
  return features as unknown as Features
}

function mayAsk(client: OauthClient | null, { clientId, aud, extra }: Owned): boolean {
  const audience = aud === undefined ? [] : [aud].flat()
  const organization = typeof extra?.org === 'string' ? extra.org : null
  return client !== null && mayIntrospect(client, { clientId: clientId ?? null, audience, organization })
}

/** A secret for nonces, shared by all processes and kept sealed. */
export const newNonceSecret = (): Buffer => randomBytes(32)
