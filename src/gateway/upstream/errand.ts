import type { Problem } from '../../core/index.ts'
import type { Withholding } from '../passage/held.ts'
import type { RequestBody } from '../passage/request-body.ts'
import type { AnswerHeaders, Around } from '../passage/writer.ts'
import type { Upstream } from './upstream.ts'

/** What a forwarding tells of itself. */
export type ForwardingWatcher = {
  /** The request is sent once more. */
  readonly again: () => void
  /** The request is on a connection now. */
  readonly connected: () => void
  /** A piece went either way. */
  readonly moved: () => void
  /** The head of the answer is there. What comes back is what we add to it. */
  readonly answering: (status: number) => Around
  /** The answer is complete and handed to the client's connection. */
  readonly answered: (bytes: number) => void
  /** There will be no answer from the upstream. Nothing was written to the client. */
  readonly failed: (problem: Problem, target: string) => void
  /** The answer was judged, and may not be told. Nothing was written to the client. */
  readonly withheld: (problem: Problem) => void
  /** A bug of ours. Nothing was written to the client. */
  readonly crashed: (error: unknown) => void
  /** The answer broke off after its head was written. */
  readonly broken: (reason: string, target: string) => void
}

/** One request to an upstream, and what becomes of its answer. */
export type Errand = {
  readonly upstream: Upstream
  readonly method: string
  readonly headers: string[]
  readonly body: RequestBody | Buffer | null
  readonly pathOn: (base: string) => string
  /** Whether an answer is read and judged before anything of it is written. Null where none is. */
  readonly withhold: ((status: number, headers: AnswerHeaders) => Withholding | Problem | null) | null
  /** Called in place of writing the answer, where it was only asked for to be looked at. */
  readonly passed: (() => void) | null
  /** The headers of an answer as the route changes them. Null where it changes none. */
  readonly told: ((headers: AnswerHeaders) => AnswerHeaders) | null
}
