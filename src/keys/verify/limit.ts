import type { Exchange, Problem } from '../../core/index.ts'
import {
  type Ask,
  costOf,
  type LimitDecision,
  type Limits,
  type Place,
  type RuleState,
  toFinding,
} from '../../limits/index.ts'
import { refuseKey } from '../problems.ts'
import type { QuotaAnswer, Usage } from '../usage.ts'
import type { Entry } from './entry.ts'

/** What the limits of a key said to one use. */
export type LimitAnswer = {
  readonly problem: Problem | null
  /** Where the caller stands with each rate limit. */
  readonly states: readonly RuleState[]
  readonly quota: QuotaAnswer | null
  /** A place among the key's requests at once. Whoever gets it gives it back, also when there is a problem. */
  readonly place: Place | null
}

/** How one use is asked about. */
export type LimitUse = {
  /** Say what would be decided, charge nothing. */
  readonly dry: boolean
  /** Whether the use lasts, and takes a place among the key's requests at once. */
  readonly lasts?: boolean
  /** Limits of others that are decided together with the key's own. */
  readonly beside?: readonly Ask[]
  /** The use itself, for a check that has to ask elsewhere. */
  readonly exchange?: Exchange
}

export type LimitCheck = (entry: Entry, use: LimitUse) => LimitAnswer | Promise<LimitAnswer>

const UNLIMITED: LimitAnswer = Object.freeze({ problem: null, states: Object.freeze([]), quota: null, place: null })

/**
 * Asks a key's own limits: the usage limit, then its rate limits and its place as one decision. A use that a rate limit
 * refuses has cost nothing of the usage limit: that one is asked dry first and charged last.
 */
export function createLimitCheck(deps: { limits: Limits; usage: Usage; now: () => number }): LimitCheck {
  return (entry, use) => {
    const { usageLimit } = entry.key
    if (usageLimit === null) return rates(entry, use, null)
    const before = deps.usage.charge(entry.key.id, usageLimit, true)
    return before instanceof Promise
      ? before.then((answer) => afterQuota(entry, use, answer))
      : afterQuota(entry, use, before)
  }

  function afterQuota(entry: Entry, use: LimitUse, before: QuotaAnswer): LimitAnswer | Promise<LimitAnswer> {
    if (!before.allowed) return { ...UNLIMITED, problem: exhausted(before, deps.now()), quota: before }
    const answer = rates(entry, use, before)
    return answer instanceof Promise ? answer.then((it) => afterRates(entry, use, it)) : afterRates(entry, use, answer)
  }

  function afterRates(entry: Entry, use: LimitUse, answer: LimitAnswer): LimitAnswer | Promise<LimitAnswer> {
    const { usageLimit } = entry.key
    if (use.dry || answer.problem !== null || usageLimit === null) return answer
    const charged = deps.usage.charge(entry.key.id, usageLimit, false)
    const settle = (quota: QuotaAnswer): LimitAnswer =>
      quota.allowed ? { ...answer, quota } : { ...answer, problem: exhausted(quota, deps.now()), quota }
    if (!(charged instanceof Promise)) return settle(charged)
    return charged.then(settle, (error: unknown) => {
      // Nobody else would give it back.
      answer.place?.leave()
      throw error
    })
  }

  function rates(entry: Entry, use: LimitUse, quota: QuotaAnswer | null): LimitAnswer | Promise<LimitAnswer> {
    const { beside = NOTHING, dry } = use
    const asks = beside.length === 0 ? entry.asks : [...beside, ...entry.asks]
    const { concurrency } = entry.key
    const place = use.lasts === true && concurrency !== null ? { key: entry.key.id, max: concurrency } : null
    if (asks.length === 0 && place === null) return quota === null ? UNLIMITED : { ...UNLIMITED, quota }
    const decision = deps.limits.check(asks, {
      dry,
      place,
      ...(use.exchange !== undefined && { route: use.exchange.route, cost: costOf(use.exchange) }),
    })
    return decision instanceof Promise ? decision.then((it) => answerOf(it, quota)) : answerOf(decision, quota)
  }
}

const NOTHING: readonly Ask[] = Object.freeze([])

function answerOf(decision: LimitDecision, quota: QuotaAnswer | null): LimitAnswer {
  const { states, place } = decision
  const finding = decision.allowed ? undefined : toFinding(decision)
  return { problem: finding?.is === 'deny' ? finding.problem : null, states, quota, place }
}

function exhausted(quota: QuotaAnswer, now: number): Problem {
  const { resetAt } = quota
  return refuseKey(
    'USAGE_EXHAUSTED',
    resetAt === null ? {} : { retryAfter: Math.max(1, Math.ceil((resetAt - now) / 1000)) },
  )
}
