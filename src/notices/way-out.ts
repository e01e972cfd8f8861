import type { Result } from '../core/index.ts'

/** The way out for addresses that others name. Whoever opens the notices hands it in. */
export type WayOut = {
  /** What is wrong with an address as it is written, as the end of a sentence, or null. */
  readonly fault: (url: string) => string | null
  /** Posts, and takes the beginning of the answer. `reason` of a problem tells the writer of the address what is wrong. */
  readonly safeFetch: (
    url: string,
    options: {
      readonly method: 'POST'
      readonly headers: Readonly<Record<string, string>>
      readonly body: string
      readonly maxBytes: number
      readonly beyond: 'cut'
      readonly timeout: number
      readonly signal: AbortSignal
    },
  ) => Promise<Result<{ readonly status: number; readonly headers: Headers; readonly body: Buffer }>>
  /** Breaks off what is under way. */
  readonly stop: () => Promise<void>
}

/** Rules that differ from those for addresses of strangers. */
export type WayOutRules = {
  readonly allowInsecureHttp: boolean
  readonly allowPrivateNetworks: readonly string[]
  /** Milliseconds. */
  readonly connectTimeout: number
  /** For an address that the operator wrote: lists of hosts and ports are about those of others. */
  readonly allow?: null
  readonly allowAnyPort?: true
}

export type OpenWayOut = (rules: WayOutRules) => WayOut
