import type { Problem } from '../core/index.ts'
import { type Limits, type RuleState, toFinding } from '../limits/index.ts'
import type { Entry } from './entry.ts'
import { refuseKey } from './problems.ts'
import type { QuotaAnswer, Usage } from './usage.ts'

/** What the limits of a key said to one use. */
export type LimitAnswer = {
  readonly problem: Problem | null
  /** Where the caller stands with each rate limit. */
  readonly states: readonly RuleState[]
  readonly quota: QuotaAnswer | null
}

const UNLIMITED: LimitAnswer = Object.freeze({ problem: null, states: Object.freeze([]), quota: null })

/**
 * Asks a key's own limits: the usage limit, then its rate limits. A use that a rate limit refuses has cost nothing of
 * the usage limit: that one is asked dry first and charged last.
 */
export function createLimitCheck(deps: { limits: Limits; usage: Usage; now: () => number }) {
  return (entry: Entry, dry: boolean): LimitAnswer | Promise<LimitAnswer> => {
    const { usageLimit, rateLimits } = entry.key
    if (usageLimit === null) return rateLimits.length === 0 ? UNLIMITED : rates(entry, dry, null)
    const before = deps.usage.charge(entry.key.id, usageLimit, true)
    return before instanceof Promise
      ? before.then((answer) => afterQuota(entry, dry, answer))
      : afterQuota(entry, dry, before)
  }

  function afterQuota(entry: Entry, dry: boolean, before: QuotaAnswer): LimitAnswer | Promise<LimitAnswer> {
    if (!before.allowed) return { problem: exhausted(before, deps.now()), states: [], quota: before }
    const answer = rates(entry, dry, before)
    const { usageLimit } = entry.key
    if (dry || answer.problem !== null || usageLimit === null) return answer
    const charged = deps.usage.charge(entry.key.id, usageLimit, false)
    const settle = (quota: QuotaAnswer): LimitAnswer =>
      quota.allowed ? { ...answer, quota } : { problem: exhausted(quota, deps.now()), states: answer.states, quota }
    return charged instanceof Promise ? charged.then(settle) : settle(charged)
  }

  function rates(entry: Entry, dry: boolean, quota: QuotaAnswer | null): LimitAnswer {
    const asks = entry.asks
    if (asks.length === 0) return { problem: null, states: [], quota }
    const decision = deps.limits.check(asks, { dry })
    const finding = toFinding(decision)
    return { problem: finding?.is === 'deny' ? finding.problem : null, states: decision.states, quota }
  }
}

function exhausted(quota: QuotaAnswer, now: number): Problem {
  const { resetAt } = quota
  return refuseKey(
    'USAGE_EXHAUSTED',
    resetAt === null ? {} : { retryAfter: Math.max(1, Math.ceil((resetAt - now) / 1000)) },
  )
}
