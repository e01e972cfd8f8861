import { createSecureContext } from 'node:tls'
import type { BreakerBounds, EventInput, JsonBounds } from '../../core/index.ts'
import { settingsFrom } from '../options.ts'
import type { OutboundTls } from '../send.ts'
import type { OutboundSettings } from '../settings.ts'
import { JSON_BOUNDS } from '../shape/json-rule.ts'
import { type Base, baseOf } from './address.ts'
import type { RetrySettings } from './again.ts'
import type { ProviderCall } from './figures.ts'
import { isHeader } from './request.ts'

/** How answers of one kind are read. */
export type AnswerOptions = {
  /** Where the list stands whose elements are judged one by one: `items[]`, `data.rows[]`; `[]` for an answer that is one, as unless told. */
  readonly at?: string
  /** What becomes of an answer with elements that do not fit: they are left out, as unless told, or all of it is refused. */
  readonly otherwise?: 'leave-out' | 'refuse'
  /** Content types that are taken. `application/json` unless told. */
  readonly accept?: readonly string[]
  /** Bounds of the JSON. Depth 10, 1000 items, 50 keys unless told. */
  readonly json?: Partial<JsonBounds>
}

/** Times in milliseconds, sizes in bytes. Where requests may go, and how much they take, is said as for `createSafeFetch`. */
export type SafeClientOptions = AnswerOptions &
  Partial<OutboundSettings> & {
    /** The address that all paths are put behind, such as `https://api.carrier.example/v2/`. */
    readonly url: string
    /** How the provider is called in events and figures. Its host unless told. */
    readonly provider?: string
    /** Sent with every request, such as `authorization`. */
    readonly headers?: Readonly<Record<string, string>>
    /** For everything: retries and waits too. 30 s unless told; `timeout`, 10 s, is for each attempt. */
    readonly deadline?: number
    readonly retries?: Partial<RetrySettings>
    readonly breaker?: Partial<BreakerBounds>
    readonly tls?: OutboundTls
    /** Hears what happens with the provider, and of addresses that are refused. */
    readonly onEvent?: (event: EventInput) => void
    /** Hears of each call that is over, for metrics. */
    readonly onCall?: (call: ProviderCall) => void
  }

export type ClientSettings = {
  readonly base: Base
  readonly provider: string
  readonly headers: Readonly<Record<string, string>>
  readonly deadline: number
  readonly retries: RetrySettings
  readonly breaker: BreakerBounds
  readonly tls: OutboundTls | null
  readonly outbound: OutboundSettings
  readonly onEvent: (event: EventInput) => void
  readonly onCall: (call: ProviderCall) => void
}

export type AnswerSettings = {
  readonly at: string | null
  readonly otherwise: 'leave-out' | 'refuse'
  readonly accept: readonly string[]
  readonly json: JsonBounds
}

const RETRIES: RetrySettings = {
  attempts: 3,
  statuses: [500, 502, 503, 504],
  wait: 200,
  longestWait: 5_000,
  budget: 20,
}
const BREAKER: BreakerBounds = { failures: 5, open: 30_000 }
const DEADLINE = 30_000
const LONGEST = 600_000
const NAME = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$/

/** @throws TypeError for options that cannot be meant */
export function readClientOptions(options: SafeClientOptions): ClientSettings {
  const { url, provider, headers, deadline, retries, breaker, tls, onEvent, onCall, ...others } = options
  const { at: _at, otherwise: _otherwise, accept: _accept, json: _json, ...outbound } = others
  const base = baseOf(url)
  const name = provider ?? new URL(base.origin).host.replaceAll(/[[\]]/g, '')
  if (!NAME.test(name)) throw new TypeError('provider must be a name of letters, digits and ".", "_", ":", "-"')
  return Object.freeze({
    base,
    provider: name,
    headers: readHeaders(headers ?? {}),
    deadline: whole('deadline', deadline ?? DEADLINE, 1, LONGEST),
    retries: readRetries({ ...RETRIES, ...retries }),
    breaker: readBreaker({ ...BREAKER, ...breaker }),
    tls: tls === undefined ? null : readTls(tls),
    outbound: settingsFrom(outbound),
    onEvent: onEvent ?? (() => undefined),
    onCall: onCall ?? (() => undefined),
  })
}

/** @throws TypeError for options that cannot be meant */
export function readAnswerOptions(options: AnswerOptions): AnswerSettings {
  const { at = null, otherwise = 'leave-out', accept = ['application/json'], json = {} } = options
  if (otherwise !== 'leave-out' && otherwise !== 'refuse')
    throw new TypeError('otherwise must be "leave-out" or "refuse"')
  if (!Array.isArray(accept) || accept.length === 0) throw new TypeError('accept must be a list of content types')
  refuseOthers('json', json, JSON_BOUNDS)
  for (const [bound, value] of Object.entries(json)) whole(`json.${bound}`, value, 1, 1_000_000)
  return Object.freeze({ at, otherwise, accept: [...accept], json: { ...JSON_BOUNDS, ...json } })
}

function readHeaders(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const wrong = Object.entries(headers).find(([name, value]) => !isHeader(name, value))
  if (wrong !== undefined) throw new TypeError(`headers has "${wrong[0].slice(0, 64)}", which cannot be sent as it is`)
  return Object.freeze({ ...headers })
}

function readRetries(retries: RetrySettings): RetrySettings {
  refuseOthers('retries', retries, RETRIES)
  whole('retries.attempts', retries.attempts, 1, 10)
  whole('retries.wait', retries.wait, 1, 60_000)
  whole('retries.longestWait', retries.longestWait, 1, 60_000)
  whole('retries.budget', retries.budget, 0, 100)
  if (!Array.isArray(retries.statuses)) throw new TypeError('retries.statuses must be a list of statuses')
  for (const status of retries.statuses) whole('retries.statuses', status, 400, 599)
  return Object.freeze({ ...retries, statuses: [...retries.statuses] })
}

function readBreaker(breaker: BreakerBounds): BreakerBounds {
  refuseOthers('breaker', breaker, BREAKER)
  whole('breaker.failures', breaker.failures, 1, 1_000)
  whole('breaker.open', breaker.open, 1, LONGEST)
  return Object.freeze(breaker)
}

function readTls(tls: OutboundTls): OutboundTls {
  refuseOthers('tls', tls, { certificate: '', key: '', authority: '' })
  const { certificate, key, authority } = tls
  if ((certificate === undefined) !== (key === undefined))
    throw new TypeError('tls.certificate and tls.key belong together')
  try {
    createSecureContext({ cert: certificate, key, ca: authority })
  } catch (error) {
    throw new TypeError(`tls cannot be used: ${(error as Error).message}`)
  }
  return Object.freeze({ ...tls })
}

function whole(name: string, value: unknown, least: number, most: number): number {
  if (Number.isSafeInteger(value) && Number(value) >= least && Number(value) <= most) return Number(value)
  throw new TypeError(`${name} must be a whole number from ${least} to ${most}`)
}

function refuseOthers(name: string, given: object, known: object): void {
  const wrong = Object.keys(given).find((it) => !Object.hasOwn(known, it))
  if (wrong !== undefined)
    throw new TypeError(`there is no option "${name}.${wrong}"; there are ${Object.keys(known).join(', ')}`)
}
