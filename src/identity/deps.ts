import type { Access } from '../access/index.ts'
import type { Audit } from '../audit/index.ts'
import type { Clock } from '../core/index.ts'
import type { Limits } from '../limits/index.ts'
import type { Notices } from '../notices/index.ts'
import type { Store } from '../store/index.ts'
import type { FactorVault } from './factor/vault.ts'
import type { Passwords } from './password/passwords.ts'
import type { OnSessionsEnded } from './session/ended.ts'
import type { IdentitySettings } from './settings.ts'

/** What the verbs of this module are given. */
export type IdentityDeps = {
  readonly store: Store
  readonly audit: Audit
  readonly clock: Clock
  readonly limits: Limits
  readonly notices: Pick<Notices, 'mail' | 'text' | 'canText'>
  readonly access: Access
  readonly passwords: Passwords
  readonly settings: IdentitySettings
  /** Public address of the control plane, without a slash at its end. */
  readonly issuer: string
  readonly factorVault: FactorVault
  readonly countryOf: (address: string) => string | null
  readonly onSessionsEnded: OnSessionsEnded
  /** Told of failures that nobody waits for. */
  readonly onError: (error: unknown) => void
}
