import { createSafeFetch as createOutbound, type Outbound, type OutboundDeps, settingsFrom } from './guard/index.ts'

export type {
  FetchLike,
  Outbound,
  OutboundAnswer,
  OutboundCode,
  OutboundOptions,
  OutboundSettings,
  Refusal,
  Resolve,
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
