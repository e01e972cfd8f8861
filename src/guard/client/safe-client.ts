import type { Clock, FieldError, Problem, Refused } from '../../core/index.ts'
import { refusalEvent } from '../events.ts'
import type { Resolve } from '../lookup.ts'
import { createSafeFetch } from '../safe-fetch.ts'
import { addressBelow } from './address.ts'
import { isRepeatable } from './again.ts'
import { createAttempts, type Ended } from './attempts.ts'
import { type Judge, judgeOf } from './expect.ts'
import { createCounter, type ProviderCall, type ProviderFigures } from './figures.ts'
import { type AnswerOptions, type AnswerSettings, type ClientSettings, readAnswerOptions } from './options.ts'
import { refuseThirdParty } from './problems.ts'
import { openProvider } from './provider.ts'

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

export type SafeClient<T> = {
  /**
   * Asks the provider. It throws for nothing that the other side does.
   *
   * Errors: `THIRD_PARTY_PATH_REFUSED`, `THIRD_PARTY_FAILED`, `THIRD_PARTY_ANSWER_INVALID`, `THIRD_PARTY_UNAVAILABLE`, and
   * those of `safeFetch`.
   *
   * @param path below the address of the provider, percent-encoded where it has to be
   */
  readonly ask: (path: string, options?: AskOptions) => Promise<Asked<T>>
  /** The same provider with answers of another form; breaker, budget, connections and figures are shared. */
  readonly as: <U = unknown>(schema: object | null, options?: AnswerOptions) => SafeClient<U>
  readonly figures: () => ProviderFigures
  /** Breaks off what is under way and closes every connection. */
  readonly stop: () => Promise<void>
}

export type ClientDeps = {
  readonly clock: Clock
  /** From 0 to 1. */
  readonly random: () => number
  /** Resolves after so many milliseconds, or when the signal says so. */
  readonly sleep: (milliseconds: number, signal: AbortSignal | undefined) => Promise<void>
  readonly resolve?: Resolve | undefined
}

/**
 * Opens a client for one third party (row G17).
 *
 * @param schema a JSON Schema (2020-12) of its answers; null for answers of which nothing is read
 * @throws TypeError for a schema that is none
 */
export function openSafeClient<T>(
  schema: object | null,
  settings: ClientSettings,
  answers: AnswerSettings,
  deps: ClientDeps,
): SafeClient<T> {
  const { clock } = deps
  const { provider: name, onEvent, onCall, base, outbound: limits, tls } = settings
  const provider = openProvider({ ...settings, name, budget: settings.retries.budget, clock })
  const outbound = createSafeFetch({
    settings: limits,
    tls,
    resolve: deps.resolve,
    onRefused: (refusal) => onEvent(refusalEvent(refusal)),
    nameOf: (setting) => setting,
  })
  const fault = outbound.fault(base.origin + base.path)
  if (fault !== null) throw new TypeError(`url ${fault}`)
  const attempts = createAttempts({ ...deps, settings, provider, safeFetch: outbound.safeFetch })
  const counter = createCounter()

  function end<U>(asked: Asked<U>, outcome: ProviderCall['outcome'], began: number): Asked<U> {
    const { status, refused, attempts: sent } = asked.ok ? asked.value : asked
    const code = asked.ok ? null : asked.problem.code
    const leftOut = asked.ok ? refused.length : 0
    const duration = clock.now() - began
    const call = { provider: name, outcome, code, status, attempts: sent, leftOut, duration } satisfies ProviderCall
    counter.count(call)
    onCall(call)
    return asked
  }

  function reading<U>(judge: Judge | null, accept: readonly string[]): SafeClient<U> {
    async function ask(path: string, options: AskOptions = {}): Promise<Asked<U>> {
      const { method = 'GET', query = {}, repeat = isRepeatable(method) } = options
      const began = clock.now()
      const url = addressBelow(base, path, query)
      if (url === null) return end(failure(refuseThirdParty('THIRD_PARTY_PATH_REFUSED')), 'failed', began)
      const closed = provider.closedFor()
      if (closed > 0) return end(failure(unavailable(closed)), 'spared', began)
      const ended = await attempts(url, { ...options, method, repeat, accept })
      return finish(ended, method === 'HEAD' ? null : judge, began)
    }

    function finish(ended: Ended, toRead: Judge | null, began: number): Asked<U> {
      const { answer, status, attempts: sent } = ended
      if (answer === null) return end(failure(ended.problem, ended), 'failed', began)
      const { found, refused } = toRead?.(answer.body) ?? { found: { body: null }, refused: [] }
      if (refused.length > 0)
        provider.tell('third_party.differed', found === null ? INVALID : null, differed(found, refused))
      if (found === null) return end(failure(invalid(refused), { ...ended, refused }), 'differed', began)
      const { headers } = answer
      const value = { status: status ?? answer.status, headers, body: found.body as U, refused, attempts: sent }
      return end({ ok: true, value: Object.freeze(value) }, 'answered', began)
    }

    return Object.freeze({ ask, as, figures, stop: outbound.stop })
  }

  function as<U>(other: object | null, options: AnswerOptions = {}): SafeClient<U> {
    return readingOf<U>(other, readAnswerOptions(options))
  }

  function readingOf<U>(form: object | null, { accept, ...expected }: AnswerSettings): SafeClient<U> {
    return form === null ? reading<U>(null, []) : reading<U>(judgeOf(form, expected), accept)
  }

  const figures = (): ProviderFigures => ({ ...counter.figures(), breaker: provider.breaker() })
  return readingOf<T>(schema, answers)
}

const INVALID = 'THIRD_PARTY_ANSWER_INVALID'

function failure(problem: Problem, more: Partial<Omit<ProviderFailure, 'ok' | 'problem'>> = {}): ProviderFailure {
  const { status = null, refused = [], attempts = 0 } = more
  return Object.freeze({ ok: false, problem, status, refused, attempts })
}

function unavailable(milliseconds: number): Problem {
  return refuseThirdParty('THIRD_PARTY_UNAVAILABLE', { retryAfter: Math.ceil(milliseconds / 1000) })
}

function invalid(refused: readonly FieldError[]): Problem {
  return refuseThirdParty(INVALID, { reason: whyOf(refused) })
}

function differed(found: unknown, refused: readonly FieldError[]) {
  return { left: found === null ? 0 : refused.length, why: whyOf(refused) }
}

function whyOf([first]: readonly FieldError[]): string {
  return first === undefined ? 'does not fit' : `${first.path || 'the answer'} ${first.message}`.slice(0, 255)
}
