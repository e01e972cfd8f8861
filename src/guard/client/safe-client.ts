import type { Clock } from '../../core/index.ts'
import { refusalEvent } from '../events.ts'
import type { Resolve } from '../lookup.ts'
import { createSafeFetch } from '../safe-fetch.ts'
import { isRepeatable } from './again.ts'
import { type Asked, type AskOptions, differed, failure, invalid, unavailable } from './asked.ts'
import { createAttempts, type Ended } from './attempts.ts'
import { type Judge, judgeOf } from './expect.ts'
import { createCounter, type ProviderCall, type ProviderFigures } from './figures.ts'
import { type AnswerOptions, type AnswerSettings, type ClientSettings, readAnswerOptions } from './options.ts'
import { refuseThirdParty } from './problems.ts'
import { openProvider } from './provider.ts'
import { addressOf } from './request.ts'

export type SafeClient<T> = {
  /**
   * Asks the provider. It throws for nothing that the other side does.
   *
   * Errors: `THIRD_PARTY_REQUEST_REFUSED`, `THIRD_PARTY_FAILED`, `THIRD_PARTY_ANSWER_INVALID`, `THIRD_PARTY_UNAVAILABLE`, and
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
      const { method = 'GET', repeat = isRepeatable(method) } = options
      const began = clock.now()
      const url = addressOf(base, path, options)
      if (url === null) return end(failure(refuseThirdParty('THIRD_PARTY_REQUEST_REFUSED')), 'failed', began)
      const closed = provider.closedFor()
      if (closed > 0) return end(failure(unavailable(closed)), 'spared', began)
      const ended = await attempts(url, { ...options, method, repeat, accept })
      return finish(ended, method === 'HEAD' ? null : judge, began)
    }

    function finish(ended: Ended, toRead: Judge | null, began: number): Asked<U> {
      const { answer, status, attempts: sent } = ended
      if (answer === null) return end(failure(ended.problem, ended), 'failed', began)
      const { found, refused } = toRead?.(answer.body) ?? { found: { body: null }, refused: [] }
      if (found === null || refused.length > 0) provider.tell('third_party.differed', ...differed(found, refused))
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
