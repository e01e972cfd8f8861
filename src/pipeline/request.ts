import type { IncomingMessage } from 'node:http'
import { createId, type Network, type Problem, type Request } from '../core/index.ts'
import { MOST_HEADER_BYTES, MOST_HEADERS } from './bounds.ts'
import { findClient, type Peer } from './client-address.ts'
import { DROP, FRAMING, ruleOf, SINGLE } from './header-rules.ts'
import { readTarget } from './path.ts'
import { refuseRequest } from './problems.ts'

/** A request as it came in, before anything is known about it. */
export type Arrival = {
  readonly method: string
  readonly target: string
  /** `1.1` or `1.0`. */
  readonly version: string
  /** Names and values in turn, as received. The names are made lower case in place. */
  readonly lines: string[]
  readonly peer: Peer
  readonly encrypted: boolean
  readonly at: number
}

/** How the body is delimited (RFC 9112, section 6). */
export type Framing =
  | { readonly is: 'none' }
  | { readonly is: 'length'; readonly bytes: number }
  | { readonly is: 'chunked' }

/** A request that was read: what the steps see, and what only the gateway needs. */
export type Inbound = {
  readonly request: Request
  /** The path as it is sent on. */
  readonly wire: string
  readonly lines: readonly string[]
  /** The rule of each line, at half its index. */
  readonly rules: readonly number[]
  readonly framing: Framing
  readonly expects: string | undefined
  readonly upgrade: string | undefined
  /** Names that the Connection header lists, or null. */
  readonly connection: readonly string[] | null
  readonly scheme: 'http' | 'https'
  readonly authority: string
}

export type ReadContext = {
  readonly trusted: readonly Network[]
  /** The header, in lower case, in which trusted proxies name the client's certificate. Nobody else may, and it ends here. */
  readonly certificateHeader?: string | null
  readonly looksLikeCredential: (text: string) => boolean
  /** Whether a host is served here; null where every host is. */
  readonly hosts?: ((host: string) => boolean) | null
}

// A body this small is read to its end after a refusal, so that the connection can be used again.
const SMALL_BODY = 65_536

/** What node read, as an arrival. */
export function arrivalOf(incoming: IncomingMessage, peer: Peer, at: number): Arrival {
  const { method = '', url = '', httpVersion, rawHeaders, socket } = incoming
  return {
    method,
    target: url,
    version: httpVersion,
    lines: rawHeaders,
    peer,
    encrypted: 'encrypted' in socket,
    at,
  }
}

/** Whether there is anything in the body. */
export function hasBody({ framing }: Inbound): boolean {
  return framing.is === 'chunked' || (framing.is === 'length' && framing.bytes > 0)
}

export function hasSmallBody(inbound: Inbound | null): boolean {
  return inbound?.framing.is === 'length' && inbound.framing.bytes <= SMALL_BODY
}

export const NO_BODY: Framing = Object.freeze({ is: 'none' })
const CHUNKED: Framing = Object.freeze({ is: 'chunked' })

/**
 * Reads an arrival into one normalised, frozen request, or says why it is refused. Everything that two programs could
 * read differently ends here, so that what is judged and what is forwarded are one thing.
 */
export function readRequest(arrival: Arrival, context: ReadContext): Inbound | Problem {
  const head = scanLines(arrival.lines, context.certificateHeader ?? null)
  if ('code' in head) return head
  const target = readTarget(arrival.target)
  if ('code' in target) return refuseRequest(target.code, { reason: target.reason })
  const framing = readFraming(arrival, head)
  if ('code' in framing) return framing
  const host = head.host === undefined ? null : readHost(head.host)
  if (host === null) return refuseRequest('REQUEST_HOST_INVALID', { reason: 'missing or not a host' })
  const misdirected = misdirection(host, arrival.peer, context)
  if (misdirected !== null) return misdirected
  const header = headerReader(arrival.lines)
  const client = findClient(arrival.peer, header('forwarded'), header('x-forwarded-for'), context.trusted)
  if (client === null) return refuseRequest('REQUEST_FORWARDED_INVALID')
  const certificate = certificateOf(arrival.peer, header, context)
  if ('code' in certificate) return certificate
  const request: Request = Object.freeze({
    id: requestId(header('x-request-id'), arrival.at, context),
    method: arrival.method,
    host,
    path: target.path,
    query: target.query,
    header,
    headerCount: (name: string) => count(arrival.lines, name),
    headSize: () => sizeOf(arrival.lines),
    client,
    address: () => addressOf(arrival, header),
    ...certificate,
    receivedAt: arrival.at,
  })
  return {
    request,
    wire: target.wire,
    lines: arrival.lines,
    rules: head.rules,
    framing,
    expects: head.expect,
    upgrade: head.upgrade,
    connection: head.connection === undefined ? null : listed(head.connection),
    scheme: schemeOf(arrival, header),
    authority: head.host as string,
  }
}

type Head = {
  readonly rules: number[]
  host: string | undefined
  contentLength: string | undefined
  transferEncoding: string | undefined
  expect: string | undefined
  upgrade: string | undefined
  connection: string | undefined
}

function scanLines(lines: string[], certificateHeader: string | null): Head | Problem {
  if (lines.length > MOST_HEADERS * 2) return refuseRequest('REQUEST_HEADERS_TOO_LARGE', { reason: 'too many' })
  const head: Head = {
    rules: [],
    host: undefined,
    contentLength: undefined,
    transferEncoding: undefined,
    expect: undefined,
    upgrade: undefined,
    connection: undefined,
  }
  let bytes = 0
  for (let i = 0; i < lines.length; i += 2) {
    const name = (lines[i] as string).toLowerCase()
    const value = lines[i + 1] as string
    lines[i] = name
    bytes += name.length + value.length + 4
    const rule = isSame(name, certificateHeader) ? DROP | SINGLE : ruleOf(name)
    head.rules.push(rule)
    if ((rule & SINGLE) !== 0 && comesBefore(lines, i, name)) return duplicated(name)
    if ((rule & FRAMING) !== 0) note(head, name, value)
  }
  return bytes > MOST_HEADER_BYTES ? refuseRequest('REQUEST_HEADERS_TOO_LARGE', { reason: `${bytes} bytes` }) : head
}

function comesBefore(lines: readonly string[], end: number, name: string): boolean {
  for (let i = 0; i < end; i += 2) if (lines[i] === name) return true
  return false
}

function duplicated(name: string): Problem {
  if (name === 'host') return refuseRequest('REQUEST_HOST_INVALID', { reason: 'two Host headers' })
  return refuseRequest('REQUEST_HEADER_DUPLICATED', { reason: name })
}

function note(head: Head, name: string, value: string): void {
  if (name === 'host') head.host = value
  else if (name === 'content-length') head.contentLength = value
  else if (name === 'transfer-encoding') head.transferEncoding = value
  else if (name === 'expect') head.expect = value
  else if (name === 'upgrade') head.upgrade = value
  else head.connection = head.connection === undefined ? value : `${head.connection},${value}`
}

function readFraming({ version }: Arrival, { contentLength, transferEncoding }: Head): Framing | Problem {
  if (version !== '1.1' && version !== '1.0') return refuseRequest('REQUEST_MALFORMED', { reason: `HTTP/${version}` })
  if (transferEncoding !== undefined) {
    const wrong = contentLength !== undefined || version === '1.0' || transferEncoding.toLowerCase() !== 'chunked'
    return wrong ? refuseRequest('REQUEST_MALFORMED', { reason: 'Transfer-Encoding' }) : CHUNKED
  }
  if (contentLength === undefined) return NO_BODY
  if (!/^\d{1,15}$/.test(contentLength)) return refuseRequest('REQUEST_MALFORMED', { reason: 'Content-Length' })
  return { is: 'length', bytes: Number(contentLength) }
}

/** The host of an authority in lower case and without port, or null when it is not one (RFC 9110, section 7.2). */
export function readHost(authority: string): string | null {
  const end = plainHostEnd(authority)
  return end === 0 ? readOddHost(authority) : authority.slice(0, end)
}

// Most hosts are lower case letters, digits, dots and hyphens with a port behind: no pattern is needed to see that.
function plainHostEnd(authority: string): number {
  if (authority.charCodeAt(0) === 46) return 0
  let end = 0
  for (; end < authority.length && end < 256; end++) {
    const code = authority.charCodeAt(end)
    const fine = (code >= 97 && code <= 122) || (code >= 48 && code <= 57) || code === 46
    if (!fine) break
  }
  const rest = authority.length - end
  if (rest === 0) return end === 256 ? 0 : end
  if (authority.charCodeAt(end) !== 58 || rest < 2 || rest > 5) return 0
  for (let i = end + 1; i < authority.length; i++) {
    const code = authority.charCodeAt(i)
    if (code < 48 || code > 57) return 0
  }
  return end
}

function readOddHost(authority: string): string | null {
  if (authority.length === 0 || authority.length > 255) return null
  const match = /^(\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_.])?)(?::(\d{1,5}))?$/.exec(
    authority,
  )
  if (match === null || Number(match[2] ?? 0) > 65_535) return null
  return (match[1] as string).toLowerCase()
}

function headerReader(lines: readonly string[]): (name: string) => string | undefined {
  return (name) => {
    let found: string | undefined
    for (let i = 0; i < lines.length; i += 2) {
      if (lines[i] !== name) continue
      const value = lines[i + 1] as string
      found = found === undefined ? value : `${found}${name === 'cookie' ? '; ' : ', '}${value}`
    }
    return found
  }
}

function count(lines: readonly string[], name: string): number {
  let found = 0
  for (let i = 0; i < lines.length; i += 2) if (lines[i] === name) found++
  return found
}

function sizeOf(lines: readonly string[]): { lines: number; bytes: number } {
  return { lines: lines.length / 2, bytes: lines.reduce((sum, part) => sum + part.length + 2, 0) }
}

function listed(connection: string): readonly string[] | null {
  if (connection === 'keep-alive' || connection === 'close') return null
  return connection.split(',').map((name) => name.trim().toLowerCase())
}

// Where header names become variables, `X_Client_Cert` is read as `X-Client-Cert`.
function isSame(name: string, certificateHeader: string | null): boolean {
  if (certificateHeader === null || name.length !== certificateHeader.length) return false
  return name === certificateHeader || name.replaceAll(/[^a-z0-9]/g, '-') === certificateHeader
}

// Another connection is another matter: 421 says so, and no other status would (RFC 9110, section 15.5.20).
function misdirection(host: string, { over }: Peer, { hosts = null }: ReadContext): Problem | null {
  if (hosts !== null && !hosts(host)) return refuseRequest('REQUEST_MISDIRECTED', { reason: 'host not served' })
  if (over === undefined) return null
  if (!over.isFor(host)) return refuseRequest('REQUEST_MISDIRECTED', { reason: 'another host than TLS was told' })
  return null
}

// What a trusted proxy shows on its own connection is the proxy's certificate, never its client's.
function certificateOf(peer: Peer, header: Header, { certificateHeader = null }: ReadContext): Shown | Problem {
  if (peer.trusted) {
    const certificate = certificateHeader === null ? undefined : header(certificateHeader)
    return certificate === undefined ? NOTHING_SHOWN : { certificate }
  }
  const shown = peer.over?.certificate()
  if (shown === undefined || shown.is === 'none') return NOTHING_SHOWN
  if (shown.is === 'good') return { certificate: shown.text }
  if (shown.is === 'stale') return refuseRequest('REQUEST_MISDIRECTED', { reason: 'certificate to be shown again' })
  return refuseRequest('CLIENT_CERTIFICATE_INVALID', { reason: shown.reason })
}

type Shown = { readonly certificate?: string }
const NOTHING_SHOWN: Shown = Object.freeze({})

function addressOf(arrival: Arrival, header: Header): string {
  const mark = arrival.target.indexOf('?')
  const path = mark === -1 ? arrival.target : arrival.target.slice(0, mark)
  return `${schemeOf(arrival, header)}://${header('host')}${path}`
}

type Header = (name: string) => string | undefined

function schemeOf(arrival: Arrival, header: Header): 'http' | 'https' {
  const told = arrival.peer.trusted ? header('x-forwarded-proto') : undefined
  if (told === 'http' || told === 'https') return told
  return arrival.encrypted ? 'https' : 'http'
}

// An id of the caller ends up in logs and answers, so it is kept only when it is plainly an id.
function requestId(given: string | undefined, at: number, { looksLikeCredential }: ReadContext): string {
  if (given !== undefined && isWellFormedId(given) && !looksLikeCredential(given)) return given
  return createId('req', at)
}

function isWellFormedId(text: string): boolean {
  if (text.length < 8 || text.length > 128) return false
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    const letter = (code | 32) >= 97 && (code | 32) <= 122
    const digitOrMark = (code >= 48 && code <= 57) || code === 45 || code === 46 || code === 95
    if (!letter && !digitOrMark) return false
  }
  return true
}

/** Whether a line is passed on to an upstream at all. */
export function isPassedOn(rule: number): boolean {
  return (rule & DROP) === 0
}
