import { ALGORITHMS } from '../../tokens/index.ts'

/** What an API tells about itself to programs that do not know it yet (RFC 9728, section 2). */
export type ProtectedResource = {
  readonly resource: string
  readonly resource_name?: string
  readonly authorization_servers: readonly string[]
  readonly scopes_supported?: readonly string[]
  readonly bearer_methods_supported: readonly ['header']
  readonly dpop_signing_alg_values_supported: readonly string[]
  readonly dpop_bound_access_tokens_required: boolean
  readonly tls_client_certificate_bound_access_tokens: boolean
}

/** A route that takes access tokens, as far as others may know of it. */
export type TokenRoute = {
  readonly id: string
  /** The kinds of token that it takes: `jwt`, `dpop`, `mtls`. */
  readonly kinds: readonly string[]
  /** Whom tokens must be for; null for this server. */
  readonly audience: string | null
  /** Whose tokens are taken; null for those of all who are believed. */
  readonly issuers: readonly string[] | null
  readonly scopes: readonly string[]
}

export type ResourceFacts = {
  /** Ourselves, which comes first wherever our tokens are taken. */
  readonly issuer: string
  readonly foreignIssuers: readonly string[]
  /** The APIs of the configuration. */
  readonly known: readonly { readonly id: string; readonly name: string | null; readonly scopes: readonly string[] }[]
}

/** Whom the tokens of a route are for: what RFC 8707 calls its resource. */
export function resourceOf(
  { audience }: Pick<TokenRoute, 'audience'>,
  { issuer }: Pick<ResourceFacts, 'issuer'>,
): string {
  return audience ?? issuer
}

/** Describes one API by all routes that take tokens for it. */
export function describeResource(
  resource: string,
  routes: readonly TokenRoute[],
  facts: ResourceFacts,
): ProtectedResource {
  const known = facts.known.find(({ id }) => id === resource)
  const scopes = unique([...routes.flatMap((route) => route.scopes), ...(known?.scopes ?? [])])
  const all = [facts.issuer, ...facts.foreignIssuers]
  const taken = new Set(routes.flatMap(({ issuers }) => issuers ?? all))
  return Object.freeze({
    resource,
    ...(known === undefined || known.name === null ? {} : { resource_name: known.name }),
    authorization_servers: all.filter((issuer) => taken.has(issuer)),
    ...(scopes.length === 0 ? {} : { scopes_supported: scopes }),
    bearer_methods_supported: ['header'],
    dpop_signing_alg_values_supported: ALGORITHMS,
    dpop_bound_access_tokens_required: routes.every(({ kinds }) => kinds.every((kind) => kind === 'dpop')),
    tls_client_certificate_bound_access_tokens: routes.some(({ kinds }) => kinds.includes('mtls')),
  } as const)
}

/**
 * Where an API tells about itself: its own address with the well-known name before its path (RFC 9728, section 3.1). Null for
 * one that is called by something else than an address.
 *
 * @example metadataAddressOf('https://api.example.com/mcp')
 * // 'https://api.example.com/.well-known/oauth-protected-resource/mcp'
 */
export function metadataAddressOf(resource: string): string | null {
  const url = URL.parse(resource)
  if (url === null || !/^https?:$/.test(url.protocol) || url.search !== '' || url.hash !== '') return null
  return `${url.origin}${WELL_KNOWN}${pathOf(url)}`
}

export const WELL_KNOWN = '/.well-known/oauth-protected-resource'

/** The path of an address; nothing for that of a whole host. */
export function pathOf({ pathname }: Pick<URL, 'pathname'>): string {
  return pathname === '/' ? '' : pathname
}

function unique(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)]
}
