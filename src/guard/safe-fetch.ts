import type { Dispatcher } from 'undici'
import { type Problem, type Result, refused } from '../core/index.ts'
import { asFetch, type FetchLike } from './as-fetch.ts'
import { TooMuch } from './body.ts'
import { type Hop, headersOf, nextHop } from './hop.ts'
import { createLookup, createSystemResolve, Misled, type Resolve } from './lookup.ts'
import { createPlaces } from './places.ts'
import { refuseOutbound } from './problems.ts'
import { type OutboundAnswer, type OutboundTls, openAgent, send, type Wish } from './send.ts'
import type { OutboundSettings } from './settings.ts'
import { createTargets, type NameOf } from './targets.ts'
import { type Fault, isFault, type Why } from './url.ts'

export type OutboundOptions = {
  /** `GET` unless told. */
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array | null
  /** Content types that are taken, such as `application/json` or `text/*`; none named: every one. */
  readonly accept?: readonly string[]
  /** Bytes. The setting unless told. */
  readonly maxBytes?: number
  /** `cut` takes the first `maxBytes` and does without the rest, whatever becomes of it. `refuse` unless told. */
  readonly beyond?: 'refuse' | 'cut'
  /** Milliseconds for everything. The setting unless told. */
  readonly timeout?: number
  /** How many redirects are followed, each looked at anew: 0 to 3. With 0, the default, a redirect is the answer. */
  readonly redirects?: number
  readonly signal?: AbortSignal
  /** What it is for, in a word, such as `jwks`: events carry it. */
  readonly purpose?: string | null
}

export type SafeFetch = (url: string, options?: OutboundOptions) => Promise<Result<OutboundAnswer>>

/** The way out, for addresses that strangers name. */
export type Outbound = {
  readonly safeFetch: SafeFetch
  /** The same as a `fetch` that libraries take. */
  readonly asFetch: (options?: Pick<OutboundOptions, 'maxBytes' | 'timeout' | 'purpose'>) => FetchLike
  /** What is wrong with an address as it is written, as the end of a sentence, or null. Names are not resolved for it. */
  readonly fault: (url: string) => string | null
  /** Breaks off what is under way and closes every connection. */
  readonly stop: () => Promise<void>
}

/** What whoever runs it may know of a request that was refused. */
export type Refusal = {
  readonly host: string | null
  /** The rule that it broke. */
  readonly why: Why
  /** What the name led to, when it was asked for. */
  readonly address: string | null
  readonly purpose: string | null
}

export type OutboundDeps = {
  readonly settings: OutboundSettings
  /** Hears of each request that was refused because of where it leads. */
  readonly onRefused?: ((refusal: Refusal) => void) | undefined
  /** Finds the addresses of a name; the system unless told. */
  readonly resolve?: Resolve | undefined
  /** How settings are called in sentences. */
  readonly nameOf?: NameOf
  /** Shown to every origin that is asked: only for whoever asks one. */
  readonly tls?: OutboundTls | null
}

/** Redirects that are followed at the most, however many are asked for. */
export const MOST_REDIRECTS = 3

/**
 * Opens the way out for requests to addresses that others name (row G15). Each is read strictly, its name is resolved
 * once, every address behind it is looked at and the connection goes to one of those. Time, size and number are bounded;
 * no proxy of the environment is asked.
 *
 * Errors of `safeFetch`: `OUTBOUND_REFUSED`, `OUTBOUND_FAILED`, `OUTBOUND_TYPE_WRONG`, `OUTBOUND_TOO_LARGE`,
 * `OUTBOUND_TIMEOUT`, `OUTBOUND_BUSY`. Their `reason` is for the operator. It throws for nothing that the other side does.
 *
 * @throws for settings with a network that is none
 * @example
 * const outbound = createSafeFetch({ settings: config.guard.outbound, onRefused })
 * const answer = await outbound.safeFetch(client.jwksUri, { accept: ['application/json'], purpose: 'jwks' })
 * if (answer.ok) JSON.parse(answer.value.body.toString())
 */
export function createSafeFetch(deps: OutboundDeps): Outbound {
  const { settings, onRefused = () => {}, nameOf = (setting) => `guard.outbound.${setting}` } = deps
  const targets = createTargets(settings, nameOf)
  const places = createPlaces(settings.perHost)
  const lookup = createLookup(targets, deps.resolve ?? createSystemResolve())
  const stopping = new AbortController()
  let agent: Promise<Dispatcher> | null = null

  const safeFetch: SafeFetch = async (url, options = {}) => {
    const deadline = AbortSignal.timeout(options.timeout ?? settings.timeout)
    const signal = AbortSignal.any([
      deadline,
      stopping.signal,
      ...(options.signal === undefined ? [] : [options.signal]),
    ])
    const problem = (error: unknown): Problem => problemOf(error, deadline)
    return walk(firstHop(url, options), options, signal).catch((error) => refused(problem(error)))
  }

  async function walk(first: Hop, options: OutboundOptions, signal: AbortSignal): Promise<Result<OutboundAnswer>> {
    let hop = first
    for (let left = Math.min(options.redirects ?? 0, MOST_REDIRECTS); ; left--) {
      const answer = await visit(hop, options, signal)
      if (!answer.ok || (options.redirects ?? 0) === 0) return answer
      const next = nextHop(hop, answer.value.status, answer.value.headers.get('location'))
      if (next === null) return answer
      if (isFault(next)) return refusal(hop.url, next, [], options)
      if (left === 0) return refused(refuseOutbound('OUTBOUND_FAILED', { reason: 'too many redirects' }))
      hop = next
    }
  }

  async function visit(hop: Hop, options: OutboundOptions, signal: AbortSignal): Promise<Result<OutboundAnswer>> {
    const target = targets.read(hop.url)
    if (isFault(target)) return refusal(hop.url, target, [], options)
    const leave = await places.enter(target.host, signal)
    if (leave === null) return refused(refuseOutbound('OUTBOUND_BUSY', { reason: `${target.host} is asked too much` }))
    try {
      agent ??= openAgent(lookup, settings, deps.tls ?? {})
      return await send(await agent, target.url, hop, wishOf(options, settings), signal)
    } catch (error) {
      if (error instanceof Misled) return refusal(hop.url, error.fault, error.addresses, options)
      throw error
    } finally {
      leave()
    }
  }

  function refusal(url: string, fault: Fault, addresses: readonly string[], { purpose = null }: OutboundOptions) {
    const { host = '', hostname = '' } = URL.parse(url) ?? {}
    onRefused({ host: shown(host), why: fault.why, address: shown(addresses.join(' ')), purpose })
    const isNamed = addresses.length > 0 && fault.leads !== undefined
    const reason = isNamed ? `${hostname} ${fault.leads}` : `the address ${fault.says}`
    return refused(refuseOutbound('OUTBOUND_REFUSED', { reason }))
  }

  async function stop(): Promise<void> {
    stopping.abort()
    await (await agent)?.destroy()
  }

  return Object.freeze({
    safeFetch,
    asFetch: (defaults = {}) => asFetch(safeFetch, defaults),
    fault: (url: string) => {
      const target = targets.read(url)
      return isFault(target) ? target.says : null
    },
    stop,
  } satisfies Outbound)
}

function shown(text: string): string | null {
  return text === '' ? null : text.slice(0, 255)
}

function firstHop(url: string, { method = 'GET', headers = {}, body = null, accept = [] }: OutboundOptions): Hop {
  return { url, method, headers: headersOf(headers, accept), body }
}

function wishOf({ maxBytes, beyond = 'refuse', accept = [] }: OutboundOptions, settings: OutboundSettings): Wish {
  return { maxBytes: maxBytes ?? settings.maxBytes, cut: beyond === 'cut', accept }
}

type NetworkError = Error & { readonly code?: string }

function problemOf(error: unknown, deadline: AbortSignal): Problem {
  const { name, code, message } = error as NetworkError
  if (error instanceof TooMuch) return refuseOutbound('OUTBOUND_TOO_LARGE', { reason: 'the body was cut off' })
  if (deadline.aborted || /TIMEOUT$|^ETIMEDOUT$/.test(code ?? ''))
    return refuseOutbound('OUTBOUND_TIMEOUT', { reason: code ?? 'no whole answer in time' })
  return refuseOutbound('OUTBOUND_FAILED', { reason: message === '' ? (code ?? name) : message })
}
