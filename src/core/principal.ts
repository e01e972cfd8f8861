/** What somebody showed to prove who they are. The secret itself is never in here. */
export type Credential = {
  readonly kind: 'api_key' | 'operator'
  /** The id of the record behind it, such as `key_…`. */
  readonly id: string
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
