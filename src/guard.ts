import { setTimeout as sleep } from 'node:timers/promises'
import { systemClock } from './core/index.ts'
import {
  type SafeClientOptions as ClientOptions,
  createSafeFetch as createOutbound,
  type Outbound,
  type OutboundDeps,
  openSafeClient,
  readAnswerOptions,
  readClientOptions,
  type SafeClient,
  type SafeFetch,
  settingsFrom,
} from './guard/index.ts'

export type {
  AnswerOptions,
  Asked,
  AskOptions,
  FetchLike,
  Outbound,
  OutboundAnswer,
  OutboundCode,
  OutboundOptions,
  OutboundSettings,
  OutboundTls,
  ProviderAnswer,
  ProviderCall,
  ProviderFailure,
  ProviderFigures,
  Refusal,
  Resolve,
  SafeClient,
  SafeFetch,
} from './guard/index.ts'
export {
  type AskedRequest,
  createDocumentCheck,
  createGraphqlCheck,
  type DocumentOptions,
  type GraphqlOptions,
  type InflateBounds,
  isOfType,
  type JsonBounds,
  type RequestCheck,
  readJson,
  UPLOAD_TYPES,
  type UploadType,
  unpack,
} from './guard/index.ts'

/** The settings of `guard.outbound`, times in milliseconds and sizes in bytes, all of them optional. */
export type SafeFetchOptions = Partial<OutboundDeps['settings']> & {
  /** Hears of each request that was refused because of where it leads. */
  readonly onRefused?: OutboundDeps['onRefused']
  /** Finds every address of a name. The system unless told. */
  readonly resolve?: OutboundDeps['resolve']
}

/**
 * Makes a `fetch` for addresses that strangers name: it reaches the public internet alone, whatever they write and however their names
 * resolve.
 *
 * @throws TypeError for options that cannot be meant
 * @example
 * const { safeFetch } = createSafeFetch({ maxBytes: 65_536 })
 * const answer = await safeFetch(request.body.avatarUrl, { accept: ['image/*'] })
 * if (!answer.ok) response.status(answer.problem.status).json({ code: answer.problem.code })
 */
export function createSafeFetch({ onRefused, resolve, ...options }: SafeFetchOptions = {}): Outbound {
  return createOutbound({ settings: settingsFrom(options), onRefused, resolve, nameOf: (setting) => setting })
}

let shared: Outbound | null = null

/**
 * Fetches an address that a stranger named, with the defaults of `createSafeFetch`.
 *
 * @example
 * const answer = await safeFetch(request.body.avatarUrl, { accept: ['image/*'] })
 */
export const safeFetch: SafeFetch = (url, options) => {
  shared ??= createSafeFetch()
  return shared.safeFetch(url, options)
}

export type SafeClientOptions = ClientOptions & {
  /** Finds every address of a name. The system unless told. */
  readonly resolve?: OutboundDeps['resolve']
}

/**
 * Opens a client for one third party (row G17), whose answers are believed no more than a stranger's: TLS is always verified,
 * redirects are not followed, time and size are bounded, and every answer is held to a JSON Schema, a list element by
 * element. Calls that may be repeated are made again after 500, 502, 503 and 504, within a budget; a provider that fails
 * again and again is left alone for a while.
 *
 * @param schema a JSON Schema (2020-12) of the answers; null for answers of which nothing is read
 * @throws TypeError for options and schemas that cannot be meant
 * @example
 * const carrier = safeClient<Parcel[]>(parcels, { url: 'https://api.carrier.example/v2/', headers: { authorization } })
 * const asked = await carrier.ask('/parcels', { query: { order } })
 * if (asked.ok) show(asked.value.body, asked.value.refused)
 */
export function safeClient<T = unknown>(schema: object | null, options: SafeClientOptions): SafeClient<T> {
  const { resolve, ...rest } = options
  const wait = (milliseconds: number, signal: AbortSignal | undefined): Promise<void> =>
    sleep(milliseconds, undefined, signal === undefined ? {} : { signal }).catch(() => undefined)
  const deps = { clock: systemClock, random: Math.random, sleep: wait, resolve }
  return openSafeClient<T>(schema, readClientOptions(rest), readAnswerOptions(rest), deps)
}
