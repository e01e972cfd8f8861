/** What a person can agree to: a scope that is about themselves, a single claim, or a scope of an API. */
export const CONSENT_KINDS = ['identity', 'claim', 'api'] as const
export type ConsentKind = (typeof CONSENT_KINDS)[number]

/** One thing that is asked for, or that a person agreed to. */
export type Item = {
  readonly kind: ConsentKind
  /** The API that a scope belongs to; empty for what is about the person. */
  readonly resource: string
  readonly name: string
}

/** Whose consent, where they act, and to which client. */
export type Parties = { readonly personId: string; readonly organization: string; readonly clientId: string }

/** What a person agreed to with a client, in an organization. Times are milliseconds. */
export type Consent = Parties & {
  readonly id: string
  readonly createdAt: number
  readonly changedAt: number
  readonly items: readonly (Item & { readonly agreedAt: number })[]
}

/** What an authorization request asks for, all of it or what is missing. */
export type Asked = {
  readonly scopes: readonly string[]
  readonly claims: readonly string[]
  /** Scopes by the API that they belong to. */
  readonly resources: Readonly<Record<string, readonly string[]>>
  /** Rich authorization requests (RFC 9396): agreed each time, never remembered. */
  readonly details: readonly Readonly<Record<string, unknown>>[]
}

export const NOTHING_ASKED: Asked = Object.freeze({ scopes: [], claims: [], resources: {}, details: [] })

/** Each thing that is asked for, as it is remembered. */
export function itemsOf({ scopes, claims, resources }: Asked): Item[] {
  return [
    ...scopes.map((name): Item => ({ kind: 'identity', resource: '', name })),
    ...claims.map((name): Item => ({ kind: 'claim', resource: '', name })),
    ...Object.entries(resources).flatMap(([resource, names]) =>
      names.map((name): Item => ({ kind: 'api', resource, name })),
    ),
  ]
}

/** What is both asked for and agreed to already. */
export function agreedOf(asked: Asked, items: readonly Item[]): Asked {
  const agreed = new Set(items.map(keyOf))
  const has = (kind: ConsentKind, resource: string) => (name: string) => agreed.has(keyOf({ kind, resource, name }))
  const resources = Object.entries(asked.resources).map(([id, names]) => [id, names.filter(has('api', id))])
  return {
    scopes: asked.scopes.filter(has('identity', '')),
    claims: asked.claims.filter(has('claim', '')),
    resources: Object.fromEntries(resources),
    details: [],
  }
}

function keyOf({ kind, resource, name }: Item): string {
  return `${kind} ${resource} ${name}`
}
