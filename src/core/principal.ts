/** What somebody showed to prove who they are. The secret itself is never in here. */
export type Credential = {
  readonly kind: 'api_key' | 'session' | 'token' | 'operator'
  /** The id of the record behind it, such as `key_…`; of a token its `jti`. */
  readonly id: string
  /** Who a token was issued to: what is counted by key is counted by this, since there is always a next token. */
  readonly client?: string
  /** How much a leak of a key would hurt, and where it may be used. */
  readonly classification?: string
  readonly environment?: string
  /** The id of the signature key, where the whole request was signed in the name of an API key. */
  readonly signedWith?: string
}

/**
 * How surely a person is who they say, in rising order: one factor; two, or a passkey that verified its user; a passkey
 * bound to one device (after NIST SP 800-63B, section 4).
 */
export const LEVELS = ['aal1', 'aal2', 'aal3'] as const
export type Level = (typeof LEVELS)[number]

/** How and when a person proved who they are. */
export type Assurance = {
  /** The `acr` of OpenID Connect Core 1.0, section 2. */
  readonly acr: Level
  /** Methods by their names in RFC 8176, section 2. */
  readonly amr: readonly string[]
  /** When they last proved anything, in milliseconds since the epoch. */
  readonly provedAt: number
}

/**
 * Who is asking: a person, a registered machine client, the operator at the machine itself
 * (a command on the local store), Sallyport by itself (a rotation that is due), or nobody.
 */
export type Principal = {
  readonly kind: 'user' | 'service' | 'operator' | 'system' | 'anonymous'
  readonly id: string
  readonly organization: string | null
  readonly scopes: readonly string[]
  readonly permissions: readonly string[]
  readonly credential: Credential | null
  /** Roles that they have, inherited ones too, of which this credential carries all that they give. None unless told. */
  readonly roles?: readonly string[]
  /** Of a person in a session of theirs; machines prove nothing but their key. */
  readonly assurance?: Assurance
  /** Who acts in this person's name, where somebody does: the `act` of RFC 8693, section 4.1. */
  readonly actor?: string
}

/** The tenant that everything belongs to until a second one is made. */
export const DEFAULT_ORGANIZATION = 'org_default'

/** Who does what nobody asked for at that moment, such as a rotation whose time has come. It carries no credential. */
export function systemPrincipal(id: string, organization: string): Principal {
  return Object.freeze({ kind: 'system', id, organization, scopes: ALL, permissions: ALL, credential: null })
}
const ALL: readonly string[] = Object.freeze(['*'])

export const anonymous: Principal = Object.freeze({
  kind: 'anonymous',
  id: 'anonymous',
  organization: null,
  scopes: Object.freeze([]),
  permissions: Object.freeze([]),
  credential: null,
})
