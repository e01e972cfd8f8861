import type { Clock, Problem } from '../../core/index.ts'
import { refuseIdentity } from '../problems.ts'
import { leadsTo, readCertificates } from './certificates.ts'
import type { Authenticator, Authenticators } from './metadata/authenticators.ts'
import type { PasskeySettings } from './settings.ts'
import type { NewCredential } from './verify-registration.ts'

type Deps = {
  readonly authenticators: Authenticators
  readonly clock: Clock
  readonly settings: Pick<PasskeySettings, 'requireKnownAuthenticators'>
}

/** Whether the metadata vouches for the model that a new credential says it is of. */
export function isAttested({ authenticators, clock }: Deps, { aaguid, certificates }: NewCredential): boolean {
  const roots = authenticators.get(aaguid)?.roots ?? []
  const chain = readCertificates(certificates)
  return chain !== null && leadsTo(roots, chain, clock.now())
}

/** Why a model is not accepted; null when it is. Without the rule every model is, known or not. */
export function modelProblem(deps: Deps, credential: NewCredential): Problem | null {
  if (!deps.settings.requireKnownAuthenticators) return null
  const reason = modelFault(deps.authenticators.get(credential.aaguid), isAttested(deps, credential))
  return reason === null ? null : refuseIdentity('AUTHENTICATOR_REFUSED', { reason: `${credential.aaguid} ${reason}` })
}

function modelFault(model: Authenticator | undefined, attested: boolean): string | null {
  if (model === undefined) return 'is not in the metadata'
  if (model.compromised) return 'is revoked or compromised'
  return attested ? null : 'is not attested'
}
