import type { Secret } from '../../core/index.ts'
import type { IdentityDeps } from '../deps.ts'
import type { Authenticators } from './metadata/authenticators.ts'
import type { RelyingParty } from './relying-party.ts'

/** What the verbs of passkeys are given. */
export type PasskeyDeps = IdentityDeps & {
  readonly relyingParty: RelyingParty
  readonly authenticators: Authenticators
  /** Makes the credential ids that nobody has. */
  readonly decoyKey: Secret<Buffer>
}
