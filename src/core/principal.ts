/** What somebody showed to prove who they are. The secret itself is never in here. */
export type Credential = {
  readonly kind: 'api_key' | 'operator'
  /** The id of the record behind it, such as `key_…`. */
  readonly id: string
}

/**
 * Who is asking: a person, a registered machine client, the operator at the machine itself
 * (a command on the local store), or nobody.
 */
export type Principal = {
  readonly kind: 'user' | 'service' | 'operator' | 'anonymous'
  readonly id: string
  readonly organization: string | null
  readonly scopes: readonly string[]
  readonly permissions: readonly string[]
  readonly credential: Credential | null
}

/** The tenant that everything belongs to until a second one is made. */
export const DEFAULT_ORGANIZATION = 'org_default'

export const anonymous: Principal = Object.freeze({
  kind: 'anonymous',
  id: 'anonymous',
  organization: null,
  scopes: Object.freeze([]),
  permissions: Object.freeze([]),
  credential: null,
})
