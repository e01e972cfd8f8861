import type { Grants } from '../../access/index.ts'

export const CLIENT_KINDS = ['confidential', 'public'] as const
export type ClientKind = (typeof CLIENT_KINDS)[number]

export const DEVICE_CODE = 'urn:ietf:params:oauth:grant-type:device_code'
export const CIBA = 'urn:openid:params:grant-type:ciba'
export const TOKEN_EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange'

/** The ways to a token that there are. Implicit and password grants are not among them (RFC 9700, section 2). */
export const GRANT_TYPES = [
  'authorization_code',
  'refresh_token',
  'client_credentials',
  DEVICE_CODE,
  CIBA,
  TOKEN_EXCHANGE,
] as const
export type GrantType = (typeof GRANT_TYPES)[number]

/** How a client proves itself. `client_secret_jwt` is not there: it needs the secret itself, and only its digest is kept. */
export const AUTHENTICATIONS = [
  'none',
  'client_secret_basic',
  'client_secret_post',
  'private_key_jwt',
  'tls_client_auth',
  'self_signed_tls_client_auth',
] as const
export type ClientAuthentication = (typeof AUTHENTICATIONS)[number]

export const ALGORITHMS = ['ES256', 'RS256', 'PS256', 'EdDSA'] as const
export type Algorithm = (typeof ALGORITHMS)[number]

/** By what a certificate names its client (RFC 8705, section 2.1.2). */
export const TLS_NAMES = ['subject_dn', 'san_dns', 'san_uri', 'san_ip', 'san_email'] as const
export type TlsSubject = { readonly by: (typeof TLS_NAMES)[number]; readonly value: string }

export const REFRESH_POLICIES = ['rotate', 'threshold'] as const
export const CONSENTS = ['always', 'once', 'never'] as const
export const APPLICATION_TYPES = ['web', 'native'] as const
export type ApplicationType = (typeof APPLICATION_TYPES)[number]
export const SUBJECTS = ['public', 'pairwise'] as const
export const CLIENT_SOURCES = ['admin', 'registered', 'document'] as const
export type ClientSource = (typeof CLIENT_SOURCES)[number]

/** Scopes that are about who somebody is, not about an API: every client may ask for them, nobody has to hold them. */
export const IDENTITY_SCOPES = ['openid', 'profile', 'email', 'address', 'phone', 'offline_access'] as const

/** How long what is issued to a client lives, in milliseconds; null for what the configuration says. */
export type ClientLifetimes = {
  readonly code: number | null
  readonly accessToken: number | null
  readonly idToken: number | null
  readonly refreshToken: number | null
}

/** Keys by which a client signs (RFC 7517, section 5). Public halves only. */
export type ClientKeys = { readonly keys: readonly Readonly<Record<string, unknown>>[] }

/** All that can be said about a client. `roles`, `scopes` and `permissions` are what it may do in its own name. */
export type ClientSettings = Grants & {
  readonly name: string
  readonly kind: ClientKind
  readonly applicationType: ApplicationType
  /** Compared as they are, to the character (RFC 9700, section 2.1); of a native client's loopback address not the port. */
  readonly redirectUris: readonly string[]
  readonly postLogoutRedirectUris: readonly string[]
  readonly grants: readonly GrantType[]
  /** The APIs that it may ask tokens for (RFC 8707); empty for all that are configured. */
  readonly resources: readonly string[]
  readonly authentication: ClientAuthentication
  readonly jwks: ClientKeys | null
  readonly jwksUri: string | null
  readonly tlsSubject: TlsSubject | null
  readonly lifetimes: ClientLifetimes
  /** Whether each use of a refresh token makes a new one, or only one in the last fifth of its life (row O4). */
  readonly refresh: (typeof REFRESH_POLICIES)[number]
  readonly requireMfa: boolean
  readonly requireState: boolean
  /**
   * Whether its requests may come without PKCE, if they carry a nonce instead (RFC 9700, section 2.1.1): for programs that
   * know nothing of it, and that keep a secret.
   */
  readonly allowWithoutPkce: boolean
  /** Whether authorization requests must be pushed first (RFC 9126). */
  readonly requirePar: boolean
  /** Whether authorization requests must be signed (RFC 9101). */
  readonly requireSignedRequests: boolean
  readonly consent: (typeof CONSENTS)[number]
  /** One of our own: nobody is asked whether it may. */
  readonly firstParty: boolean
  /** Origins whose pages may call the token endpoint. */
  readonly corsOrigins: readonly string[]
  /** Held to the FAPI 2.0 security profile. */
  readonly fapi2: boolean
  /** Whether its tokens are of use only with a key of its own (RFC 9449). */
  readonly dpopBound: boolean
  /** The same with its certificate (RFC 8705, section 3). */
  readonly tlsBound: boolean
  readonly backchannelLogoutUri: string | null
  readonly backchannelLogoutSessionRequired: boolean
  readonly frontchannelLogoutUri: string | null
  readonly frontchannelLogoutSessionRequired: boolean
  /** What its ID tokens are signed with; null for what the server signs with. */
  readonly idTokenAlgorithm: Algorithm | null
  /** What answers of the userinfo endpoint are signed with; null for plain JSON. */
  readonly userinfoAlgorithm: Algorithm | null
  /** What it signs its requests with; null for any. */
  readonly requestObjectAlgorithm: Algorithm | null
  /** What authorization responses are signed with where it asks for signed ones (JARM); null for what the server signs with. */
  readonly responseAlgorithm: Algorithm | null
  /** Whether every client gets the same subject of a person, or this one a subject of its own. */
  readonly subject: (typeof SUBJECTS)[number]
  /** Whether it may trade a person's password for tokens, without a browser (row O14). */
  readonly passwordTokens: boolean
  readonly logoUri: string | null
  readonly policyUri: string | null
  readonly tosUri: string | null
  readonly clientUri: string | null
  /** E-mail addresses of those who answer for it. */
  readonly contacts: readonly string[]
}

/** A secret of a client: what proves it, never itself. Times are milliseconds. */
export type ClientSecret = {
  readonly id: string
  readonly digest: Uint8Array
  /** Its last four characters. */
  readonly hint: string
  readonly createdAt: number
  /** Null for a secret that does not end by itself. */
  readonly expiresAt: number | null
  readonly usedAt: number | null
}

/** A program that people sign in with, or that acts in its own name (RFC 6749, section 2). Times are milliseconds. */
export type OauthClient = ClientSettings & {
  readonly id: string
  readonly organization: string
  readonly enabled: boolean
  /** Two at the most, so that one can replace the other without a gap. */
  readonly secrets: readonly ClientSecret[]
  /** Who brought it: an administrator, itself (RFC 7591), or a document at its address. */
  readonly source: ClientSource
  readonly createdAt: number
  readonly createdBy: string
  readonly updatedAt: number
  readonly updatedBy: string
  readonly lastUsedAt: number | null
  readonly version: number
}

export const MOST_SECRETS = 2

/** Whether a client proves itself by a secret. */
export function usesSecret({ authentication }: Pick<ClientSettings, 'authentication'>): boolean {
  return authentication === 'client_secret_basic' || authentication === 'client_secret_post'
}

/** The secrets of a client that count at a time. */
export function secretsAt(secrets: readonly ClientSecret[], now: number): readonly ClientSecret[] {
  return secrets.filter(({ expiresAt }) => expiresAt === null || expiresAt > now)
}

/** What a client may be granted for an API: its scopes without those that are about who somebody is. */
export function apiScopesOf(scopes: readonly string[]): string[] {
  const identity: readonly string[] = IDENTITY_SCOPES
  return scopes.filter((scope) => !identity.includes(scope))
}
