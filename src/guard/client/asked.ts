import type { FieldError, Problem, Refused } from '../../core/index.ts'
import { refuseThirdParty } from './problems.ts'

export type AskOptions = {
  /** `GET` unless told. */
  readonly method?: 'GET' | 'HEAD' | 'OPTIONS' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Names and values as they are meant; they are encoded here. */
  readonly query?: Readonly<Record<string, string>>
  readonly headers?: Readonly<Record<string, string>>
  /** Sent as JSON. */
  readonly body?: unknown
  /** Whether it may be sent again after a failure. `GET`, `HEAD`, `OPTIONS`, `PUT` and `DELETE` unless told. */
  readonly repeat?: boolean
  readonly signal?: AbortSignal
}

export type ProviderAnswer<T> = {
  readonly status: number
  readonly headers: Headers
  /** As the schema describes it. */
  readonly body: T
  /** Elements that were left out: their places in the answer as it came (JSON Pointers), and why. */
  readonly refused: readonly FieldError[]
  readonly attempts: number
}

/** Why there is nothing to go on with. `status` is what the provider answered last, or null. */
export type ProviderFailure = Refused & {
  readonly status: number | null
  /** What of an answer does not fit. */
  readonly refused: readonly FieldError[]
  readonly attempts: number
}

export type Asked<T> = { readonly ok: true; readonly value: ProviderAnswer<T> } | ProviderFailure

const INVALID = 'THIRD_PARTY_ANSWER_INVALID'

export function failure(
  problem: Problem,
  more: Partial<Omit<ProviderFailure, 'ok' | 'problem'>> = {},
): ProviderFailure {
  const { status = null, refused = [], attempts = 0 } = more
  return Object.freeze({ ok: false, problem, status, refused, attempts })
}

/** @param milliseconds until it is asked again */
export function unavailable(milliseconds: number): Problem {
  return refuseThirdParty('THIRD_PARTY_UNAVAILABLE', { retryAfter: Math.ceil(milliseconds / 1000) })
}

export function invalid(refused: readonly FieldError[]): Problem {
  return refuseThirdParty(INVALID, { reason: whyOf(refused) })
}

/** The code and the details of the event about an answer that differs. */
export function differed(found: unknown, refused: readonly FieldError[]) {
  const left = found === null ? 0 : refused.length
  return [found === null ? INVALID : null, { left, why: whyOf(refused) }] as const
}

function whyOf([first]: readonly FieldError[]): string {
  return first === undefined ? 'does not fit' : `${first.path || 'the answer'} ${first.message}`.slice(0, 255)
}
