import { mtlsFeature } from '../mtls/features.ts'
import type { ProviderDeps } from '../provider/deps.ts'
import { signedRequestRule } from './signed-requests.ts'

/** What is switched on beside the code flow, and how it is held. */
export function flowFeatures(deps: ProviderDeps): Readonly<Record<string, object>> {
  return {
    requestObjects: { enabled: true, assertJwtClaimsAndHeader: signedRequestRule(deps.clock) },
    mTLS: mtlsFeature(deps),
  }
}
