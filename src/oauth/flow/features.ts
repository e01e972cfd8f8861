import type Provider from 'oidc-provider'
import type { Client } from 'oidc-provider'
import type { OauthClient } from '../client/client.ts'
import type { AdapterDeps } from '../entity/adapter.ts'
import { mtlsFeature } from '../mtls/features.ts'
import { protectAnswers } from '../provider/answer-headers.ts'
import type { ProviderDeps } from '../provider/deps.ts'
import { cibaFeature } from './ciba.ts'
import { assertClaimsParameter } from './claims-parameter.ts'
import { giveOwnScopes } from './own-name.ts'
import { slowPolling } from './polling.ts'
import { richRequestsFeature } from './rich-requests.ts'
import { signedRequestRule } from './signed-requests.ts'
import { refuseUnreadableRequests } from './unreadable-requests.ts'
import { guardUserCodes } from './user-codes.ts'

/** What is switched on beside the code flow, and how it is held. */
export function flowFeatures(
  deps: ProviderDeps,
  recordOf: (client: Client | undefined) => OauthClient | null,
): Readonly<Record<string, object>> {
  return {
    claimsParameter: { enabled: true, assertClaimsParameter },
    requestObjects: { enabled: true, assertJwtClaimsAndHeader: signedRequestRule(deps.clock) },
    mTLS: mtlsFeature(deps),
    richAuthorizationRequests: richRequestsFeature(deps.settings.authorizationDetails),
    ciba: cibaFeature({ ...deps, recordOf }),
    deviceFlow: { enabled: true },
  }
}

/** What the library leaves out of its flows. */
export function completeFlows(provider: Provider, deps: ProviderDeps, adapter: AdapterDeps): void {
  protectAnswers(provider)
  refuseUnreadableRequests(provider)
  giveOwnScopes(provider, deps.clients.findClient)
  slowPolling(provider, deps)
  guardUserCodes(provider, { ...deps, adapter })
}
