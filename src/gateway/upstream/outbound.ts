import type { Principal } from '../../core/index.ts'
import { CARRIER, type Inbound, isPassedOn, withoutOwnCookies } from '../../pipeline/index.ts'
import type { Case } from '../case.ts'
import type { LoadedRoute, StrippedPrefix } from '../route/load-routes.ts'

/**
 * Builds the headers that an upstream gets, as names and values in turn: the client's without hop-by-hop headers,
 * without what carried the credential and without every name that is ours, then ours.
 *
 * @param identity the signed token for this upstream, if there is one
 */
export function outboundHeaders(of: Case, identity: string | undefined): string[] {
  const { lines, rules, connection } = of.inbound
  const spent = of.spent.headers
  const headers: string[] = []
  for (let i = 0; i < lines.length; i += 2) {
    const rule = rules[i >> 1] as number
    if (!isPassedOn(rule)) continue
    const name = lines[i] as string
    const value = lines[i + 1] as string
    if (spent.length > 0 && spent.includes(name)) continue
    if ((rule & CARRIER) !== 0 && carriesCredential(value, of)) continue
    if (connection !== null && name !== 'content-length' && connection.includes(name)) continue
    if (name !== 'cookie') headers.push(name, value)
    else addCookies(headers, value)
  }
  addPrincipal(headers, of.principal as Principal)
  addOrigin(headers, of.inbound)
  if (identity !== undefined) headers.push('x-sallyport-identity', printable(identity))
  const change = (of.route as LoadedRoute).rewrite?.request ?? null
  return change === null ? headers : change(headers, of.inbound.wire)
}

function addCookies(headers: string[], value: string): void {
  const others = withoutOwnCookies(value)
  if (others !== null) headers.push('cookie', others)
}

// On a route that did not read it, a key of ours must not reach an upstream either.
function carriesCredential(value: string, { looksLikeCredential }: Case): boolean {
  const space = value.lastIndexOf(' ')
  return looksLikeCredential(space === -1 ? value : value.slice(space + 1))
}

/** Who sends a request, as upstreams are told it: names and values in turn. */
export function identityHeaders(principal: Principal, identity: string | undefined): string[] {
  const headers: string[] = []
  addPrincipal(headers, principal)
  if (identity !== undefined) headers.push('x-sallyport-identity', printable(identity))
  return headers
}

const principalHeaders = new WeakMap<Principal, readonly string[]>()

function addPrincipal(headers: string[], principal: Principal): void {
  let known = principalHeaders.get(principal)
  if (known === undefined) {
    known = principalLines(principal)
    principalHeaders.set(principal, known)
  }
  for (let i = 0; i < known.length; i++) headers.push(known[i] as string)
}

function principalLines({ id, kind, organization, scopes }: Principal): readonly string[] {
  const lines = ['x-principal-id', printable(id), 'x-principal-kind', printable(kind)]
  if (organization !== null) lines.push('x-principal-organization', printable(organization))
  if (scopes.length > 0) lines.push('x-principal-scopes', scopes.map(printableWord).join(' '))
  return lines
}

// RFC 7239 for those who read it, and the older three for everybody else. Only the client that we found ourselves is
// named: what a stranger wrote about the way behind it helps nobody.
function addOrigin(headers: string[], { request, scheme, authority }: Inbound): void {
  const { text, family } = request.client
  headers.push(
    'x-request-id',
    request.id,
    'forwarded',
    `for=${family === 6 ? `"[${text}]"` : text};host="${authority}";proto=${scheme}`,
    'x-forwarded-for',
    text,
    'x-forwarded-proto',
    scheme,
    'x-forwarded-host',
    authority,
  )
}

/** A value that goes into a header as it is. Anything else in there is a bug of ours, and stops the request. */
function printable(text: string): string {
  if (/^[\x20-\x7e]*$/.test(text)) return text
  throw new Error('a header value of ours is not printable')
}

function printableWord(text: string): string {
  if (/^[\x21-\x7e]+$/.test(text)) return text
  throw new Error('a scope is not printable')
}

/** The target that an upstream is asked for: base path, path without the stripped prefix, query without credentials. */
export function outboundPath(of: Case, base: string): string {
  const { wire, request } = of.inbound
  const { stripPrefix, rewrite, rules } = of.route as LoadedRoute
  const path = rewrite === null || rewrite.path === null ? stripped(wire, stripPrefix) : rewrite.path(wire)
  const asked = rules.query === null ? request.query : rules.query(request.query)
  const query = asked === '' ? '' : cleanQuery(of, asked)
  return query === '' ? base + path : `${base + path}?${query}`
}

function stripped(wire: string, prefix: StrippedPrefix | null): string {
  if (prefix === null) return wire
  const length = wire.startsWith(prefix.plain) ? prefix.plain.length : prefix.encoded.length
  return wire.slice(length) || '/'
}

function cleanQuery(of: Case, query: string): string {
  const spent = of.spent.query
  const parts = query.split('&')
  const kept = parts.filter((part) => {
    const mark = part.indexOf('=')
    const value = mark === -1 ? '' : plainText(part.slice(mark + 1))
    if (value.length > 0 && of.looksLikeCredential(value)) return false
    return spent.length === 0 || !spent.includes(plainText(mark === -1 ? part : part.slice(0, mark)))
  })
  return kept.length === parts.length ? query : kept.join('&')
}

function plainText(text: string): string {
  if (!text.includes('%') && !text.includes('+')) return text
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return text
  }
}
