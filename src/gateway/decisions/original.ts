import type { IncomingMessage } from 'node:http'
import type { Problem } from '../../core/index.ts'
import { refuseRequest } from '../problems.ts'

/** How a decision is asked for and answered. */
export type Dialect = 'nginx' | 'envoy'

/** The request that a decision is asked about, as the caller has it. */
export type Original = {
  readonly dialect: Dialect
  readonly method: string
  readonly target: string
  /** Names and values in turn, without those of the connection between the caller and us. */
  readonly lines: string[]
}

/** Said once each by nginx, in place of what its client said under these names. */
const METHOD = 'x-original-method'
const TARGET = 'x-original-uri'
const LENGTH = 'x-original-content-length'

const ASIDE: ReadonlySet<string> = new Set([
  METHOD,
  TARGET,
  LENGTH,
  'connection',
  'content-length',
  'expect',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

/**
 * Reads what is asked about: at `/nginx` by its headers (`auth_request`), below `/envoy` as it is (`ext_authz` over HTTP). Of a caller
 * that does not say who its client is everybody would be the caller.
 */
export function readOriginal(incoming: IncomingMessage): Original | Problem {
  const { url = '', method = '', rawHeaders } = incoming
  const names = rawHeaders.filter((_, i) => i % 2 === 0).map((name) => name.toLowerCase())
  if (!names.includes('x-forwarded-for') && !names.includes('forwarded')) return unclear('no X-Forwarded-For')
  if (url === '/nginx') return ofHeaders(incoming, names)
  if (!url.startsWith('/envoy/')) return unclear('neither /nginx nor below /envoy/')
  return { dialect: 'envoy', method, target: url.slice('/envoy'.length), lines: linesOf(rawHeaders, undefined) }
}

function ofHeaders({ rawHeaders, headers }: IncomingMessage, names: readonly string[]): Original | Problem {
  const [method, target, length] = [headers[METHOD], headers[TARGET], headers[LENGTH]]
  for (const name of [METHOD, TARGET, LENGTH])
    if (names.indexOf(name) !== names.lastIndexOf(name)) return unclear(`${name} twice`)
  if (typeof method !== 'string' || !/^[A-Z]{1,20}$/.test(method)) return unclear(METHOD)
  if (typeof target !== 'string' || target === '') return unclear(TARGET)
  return { dialect: 'nginx', method, target, lines: linesOf(rawHeaders, length) }
}

function linesOf(raw: readonly string[], length: string | string[] | undefined): string[] {
  const lines: string[] = []
  for (let i = 0; i < raw.length; i += 2)
    if (!ASIDE.has((raw[i] as string).toLowerCase())) lines.push(raw[i] as string, raw[i + 1] as string)
  return typeof length === 'string' && length !== '' ? [...lines, 'content-length', length] : lines
}

function unclear(reason: string): Problem {
  return refuseRequest('DECISION_REQUEST_INVALID', { reason })
}
