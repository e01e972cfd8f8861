import type { Exchange, Problem } from '../../core/index.ts'
import { costOf, type Limits, type RuleState, toFinding } from '../../limits/index.ts'
import { keyProblems, refuseKey } from '../problems.ts'
import type { VerificationBody, VerifyBody } from '../routes/schemas.ts'
import { textOf, unprovenProblem } from '../steps.ts'
import { withChallenge } from '../verify/admit.ts'
import { domainOf } from '../verify/domain.ts'
import type { Entry } from '../verify/entry.ts'
import type { LimitAnswer, LimitCheck } from '../verify/limit.ts'
import { isLimited } from './portable.ts'

/** Asks the server to verify a key, and so to charge its limits. Rejects when it does not answer. */
export type AskVerify = (question: VerifyBody) => Promise<VerificationBody>

/**
 * Asks a key's own limits at a door that is not where they are counted. The server is asked for each use of a key that
 * has some; places among its requests at once are counted here, each process for itself.
 */
export function createDistantLimitCheck(deps: { limits: Limits; verify: AskVerify }): LimitCheck {
  return (entry, use) => {
    const { concurrency, id } = entry.key
    const place = use.lasts === true && concurrency !== null ? { key: id, max: concurrency } : null
    const route = use.exchange === undefined ? {} : { route: use.exchange.route, cost: costOf(use.exchange) }
    const here = deps.limits.check(use.beside ?? [], { dry: use.dry, place, ...route })
    return here instanceof Promise ? here.then(after) : after(here)

    function after({
      allowed,
      states,
      place: taken,
      ...rest
    }: Awaited<typeof here>): LimitAnswer | Promise<LimitAnswer> {
      const finding = allowed ? undefined : toFinding({ allowed, states, place: taken, ...rest })
      const mine = { problem: finding?.is === 'deny' ? finding.problem : null, states, quota: null, place: taken }
      if (mine.problem !== null || !isLimited(entry) || use.dry) return mine
      return askServer(entry, use.exchange).then(
        (answer) => ({ ...answer, states: [...states, ...answer.states], place: taken }),
        (error: unknown) => {
          const reason = error instanceof Error ? error.message : 'unknown'
          return { ...mine, problem: refuseKey('KEYS_UNAVAILABLE', { retryAfter: 5, reason }) }
        },
      )
    }
  }

  async function askServer(entry: Entry, exchange: Exchange | undefined): Promise<LimitAnswer> {
    if (exchange === undefined) throw new Error('a limit of a distant key needs the request')
    return answerOf(await deps.verify(questionOf(exchange)), entry)
  }
}

function questionOf({ request }: Exchange): VerifyBody {
  const text = textOf(request)
  if (text === null) throw new Error('the key is no longer in the request')
  const domain = domainOf(request.header('origin'), request.header('referer'))
  return {
    key: text,
    ip: request.client.text,
    resource: request.path,
    method: request.method,
    toldLater: true,
    ...(domain === null ? {} : { domain }),
  }
}

function answerOf(body: VerificationBody, entry: Entry): LimitAnswer {
  const states = body.limits.flatMap((state) => stateOf(state, entry))
  const unlimited = { problem: null, states, quota: null, place: null }
  if (body.valid) return unlimited
  const { code, retryAfter } = body
  if (code === 'RATE_LIMITED') {
    const decision = { allowed: false, retryAfter: (retryAfter ?? 1) * 1000, states, crowded: false, place: null }
    const finding = toFinding(decision)
    if (finding?.is === 'deny') return { ...unlimited, problem: finding.problem }
  }
  return { ...unlimited, states: [], problem: problemOf(code, retryAfter) }
}

const UNPROVEN: readonly string[] = ['KEY_MALFORMED', 'KEY_NOT_FOUND', 'KEY_INVALID']

function problemOf(code: string, retryAfter: number | undefined): Problem {
  if (UNPROVEN.includes(code)) return unprovenProblem(code)
  if (!Object.hasOwn(keyProblems, code)) throw new Error(`the server answered ${code}`)
  return withChallenge(refuseKey(code as keyof typeof keyProblems, retryAfter === undefined ? {} : { retryAfter }))
}

function stateOf(state: VerificationBody['limits'][number], entry: Entry): RuleState[] {
  const ask = entry.asks.find(({ rule }) => rule.name === state.name)
  if (ask === undefined) return []
  const { remaining, resetSeconds, waitSeconds } = state
  return [{ rule: ask.rule, remaining, resetAfter: resetSeconds * 1000, wait: waitSeconds * 1000 }]
}
