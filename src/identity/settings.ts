import type { PasskeySettings } from './passkey/settings.ts'
import type { PasswordSettings } from './password/settings.ts'
import type { Language } from './person/person.ts'
import type { RecoverySettings } from './recovery/recovery.ts'
import type { RiskMode } from './sign-in/risk.ts'

/** How people come to be, sign in and stay signed in. Times are milliseconds. */
export type IdentitySettings = {
  readonly registration: 'open' | 'invited' | 'closed'
  readonly language: Language
  /** Where the pages are that mailed links lead to; null is the issuer itself. */
  readonly pages: string | null
  /** Origins besides the issuer's whose pages may act for a signed-in person. */
  readonly origins: readonly string[]
  /** How long an answer takes at the least that must not tell whether an account exists. */
  readonly answerDelay: number
  /** Whose account an authenticator app says that it is; null takes the name of the organization. */
  readonly totpIssuer: string | null
  /** DNS servers that domains are looked up with; none for those of the machine. */
  readonly dnsServers: readonly string[]
  readonly passwords: PasswordSettings
  readonly passkeys: PasskeySettings
  readonly sessions: {
    readonly absolute: number
    readonly idle: number
    readonly most: number
    readonly onNetworkChange: 'record' | 'reauthenticate'
  }
  readonly signIn: {
    /** For all its steps together. */
    readonly within: number
    readonly lockAfter: number
    readonly lockFor: number
    /** How fresh a proof must be for what is sensitive. */
    readonly stepUpWithin: number
    readonly trustDevices: number
    readonly risk: RiskMode
  }
  readonly recovery: RecoverySettings
  readonly links: {
    readonly verify: number
    readonly reset: number
    readonly magic: number
    readonly invitation: number
  }
}
