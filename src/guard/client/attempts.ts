import type { Problem } from '../../core/index.ts'
import type { OutboundOptions, SafeFetch } from '../safe-fetch.ts'
import type { OutboundAnswer } from '../send.ts'
import { saidWait, waitOf } from './again.ts'
import type { AskOptions } from './asked.ts'
import type { ClientSettings } from './options.ts'
import { refuseThirdParty } from './problems.ts'
import type { Provider } from './provider.ts'
import type { ClientDeps } from './safe-client.ts'

export type AttemptsDeps = Omit<ClientDeps, 'resolve'> & {
  readonly settings: ClientSettings
  readonly provider: Provider
  readonly safeFetch: SafeFetch
}

/** A call that is over: with an answer to read, or with a problem. `status` is what was answered last. */
export type Ended = { readonly status: number | null; readonly attempts: number } & (
  | { readonly answer: OutboundAnswer }
  | { readonly answer: null; readonly problem: Problem }
)

type Wish = AskOptions & { readonly method: string; readonly repeat: boolean; readonly accept: readonly string[] }

/** What one request brought, what it says of the provider, and whether another one may bring more. */
type Tried = {
  readonly answer: OutboundAnswer | null
  readonly problem: Problem | null
  readonly how: 'well' | 'wrong' | 'unknown'
  readonly mayPass: boolean
  /** Milliseconds that the provider asks to wait. */
  readonly said: number | null
}

const LONGEST_TOLD = 86_400

/** Makes calls: each a request, and further ones where that may help, within the time for all of them. */
export function createAttempts(deps: AttemptsDeps): (url: string, wish: Wish) => Promise<Ended> {
  const { settings, provider, safeFetch, clock, random, sleep } = deps
  const { retries, deadline, outbound } = settings

  async function call(url: string, wish: Wish): Promise<Ended> {
    const until = clock.now() + deadline
    const request = requestOf(settings, wish)
    provider.budget.earn()
    for (let attempts = 1; ; attempts++) {
      const tried = await once(url, request, Math.min(outbound.timeout, until - clock.now()), wish.signal)
      const wait = waitOf(retries, attempts, tried.said, random)
      const isOver = !tried.mayPass || !wish.repeat || attempts >= retries.attempts || wait > retries.longestWait
      if (isOver || clock.now() + wait >= until || !provider.budget.spend()) return ended(tried, attempts)
      await sleep(wait, wish.signal)
      if (wish.signal?.aborted === true || provider.closedFor() > 0) return ended(tried, attempts)
    }
  }

  async function once(url: string, request: OutboundOptions, timeout: number, signal?: AbortSignal): Promise<Tried> {
    provider.sent()
    const answer = await safeFetch(url, { ...request, timeout: Math.max(1, timeout) })
    const tried = answer.ok ? ofAnswer(answer.value) : ofProblem(answer.problem, signal?.aborted === true)
    provider.went(tried.how)
    return tried
  }

  function ofAnswer(answer: OutboundAnswer): Tried {
    const { status, headers } = answer
    const how = status >= 500 ? 'wrong' : 'well'
    const said = saidWait(headers.get('retry-after'), clock.now())
    return { answer, problem: null, how, mayPass: retries.statuses.includes(status), said }
  }

  function ended({ answer, problem, said }: Tried, attempts: number): Ended {
    const status = answer?.status ?? null
    if (answer !== null && answer.status >= 200 && answer.status < 300) return { answer, status, attempts }
    // That something is not there, or not ours, is an answer as well.
    if (status === null || status < 400 || status >= 500)
      provider.tell('third_party.failed', problem?.code ?? FAILED, { status, attempts })
    return { answer: null, status, attempts, problem: problem ?? failed(provider.name, status, said) }
  }

  return call
}

const FAILED = 'THIRD_PARTY_FAILED'

function failed(name: string, status: number | null, said: number | null): Problem {
  const wait = said === null ? {} : { retryAfter: Math.min(LONGEST_TOLD, Math.ceil(said / 1000)) }
  return refuseThirdParty(FAILED, { reason: `${name} answered ${status}`, ...wait })
}

function ofProblem(problem: Problem, isGivenUp: boolean): Tried {
  const isGone = !isGivenUp && problem.code === 'OUTBOUND_FAILED'
  const isWrong = isGone || (!isGivenUp && problem.code === 'OUTBOUND_TIMEOUT')
  return { answer: null, problem, how: isWrong ? 'wrong' : 'unknown', mayPass: isGone, said: null }
}

function requestOf({ headers, provider }: ClientSettings, wish: Wish): OutboundOptions {
  const hasBody = wish.body !== undefined
  return {
    method: wish.method,
    headers: { ...headers, ...wish.headers, ...(hasBody ? { 'content-type': 'application/json' } : {}) },
    body: hasBody ? JSON.stringify(wish.body) : null,
    accept: wish.method === 'HEAD' ? [] : wish.accept,
    purpose: provider,
    ...(wish.signal === undefined ? {} : { signal: wish.signal }),
  }
}
