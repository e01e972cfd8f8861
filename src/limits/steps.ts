import type { Exchange, Finding, Step } from '../core/index.ts'
import { type ClaimsOf, type Counted, createKeyOf, kindsOf } from './counted-by.ts'
import type { Ask, CheckOptions, LimitDecision } from './decision.ts'
import { headers, seconds } from './headers.ts'
import { refuseLimit } from './problems.ts'
import type { Rule } from './rule.ts'
import { type DeclaredRate, rulesOf } from './rule-of.ts'
import { type CountryOf, isAbout, type Where } from './where.ts'

/** A limit as a route declares it. */
export type RouteLimit = Counted &
  DeclaredRate & {
    /** Whom it holds, by where they are; null for everybody. */
    readonly where?: Where | null
  }

/** What limits of a route have to be told to count by all that there is. */
export type LimitKnowledge = {
  /** Without it nobody has claims. */
  readonly claimsOf?: ClaimsOf
  /** Without it no country is known. */
  readonly countryOf?: CountryOf
}

type Check = (asks: readonly Ask[], options?: CheckOptions) => LimitDecision | Promise<LimitDecision>

/**
 * Makes the one step that holds a route's limits: all are asked, then all are charged or none.
 *
 * Going without a key, header or claim never means going without a limit: see {@link createKeyOf}. IPv6 addresses count
 * by their /64, the smallest block a client is given.
 *
 * @returns the step, or null for a route without limits
 * @throws RangeError for a limit that could not be enforced as it reads
 */
export function createLimitsStep(
  check: Check,
  route: string,
  limits: readonly RouteLimit[],
  { claimsOf = () => null, countryOf = () => null }: LimitKnowledge = {},
): Step | null {
  if (limits.length === 0) return null
  const made = rulesOf(limits.map((limit) => ({ ...limit, what: kindsOf(limit.by) })))
  const rules = limits.map((limit, i) => ({
    keyOf: createKeyOf(limit, route, claimsOf),
    rule: made[i] as Rule,
    where: limit.where ?? null,
  }))
  const all = (exchange: Exchange) => rules.map(({ keyOf, rule }) => ({ rule, key: keyOf(exchange) }))
  const asks = rules.every(({ where }) => where === null) ? all : asksThere

  function asksThere(exchange: Exchange): Ask[] {
    const country = countryOf(exchange.request.client.text)
    const held = rules.filter(({ where }) => where === null || isAbout(where, country))
    return held.map(({ keyOf, rule }) => ({ rule, key: keyOf(exchange) }))
  }

  const step: Step = Object.freeze({
    name: 'limits',
    stage: 'limits' as const,
    apply: (exchange: Exchange, dry: boolean) => {
      const asked = asks(exchange)
      if (asked.length === 0) return undefined
      const answer = check(asked, { dry, route: exchange.route, cost: costOf(exchange) })
      return answer instanceof Promise ? answer.then(toFinding) : toFinding(answer)
    },
  })
  asking.set(step, asks)
  return step
}

/** Units that a request takes of each of its limits, as its route says. A place is one place whatever it costs. */
export function costOf({ route, request }: Exchange): number {
  return route.costs?.get(request.method) ?? route.cost ?? 1
}

const asking = new WeakMap<Step, (exchange: Exchange) => readonly Ask[]>()

/**
 * What these steps would ask about an exchange, for whoever decides over it together with more.
 *
 * @throws Error for a step that was not made by {@link createLimitsStep}: left out, it would hold nobody
 */
export function asksOf(steps: readonly Step[], exchange: Exchange): readonly Ask[] {
  return steps.flatMap((step) => {
    const asks = asking.get(step)
    if (asks === undefined) throw new Error(`step ${step.name} asks nothing that is known here`)
    return asks(exchange)
  })
}

/** What the pipeline is told of a decision: the fields to add, or the refusal that carries them. */
export function toFinding(decision: LimitDecision): Finding {
  const fields = headers(decision.states)
  if (decision.allowed) return { is: 'note', headers: fields }
  if (decision.unavailable === true)
    return { is: 'deny', problem: refuseLimit('LIMITS_UNAVAILABLE', { retryAfter: 5 }) }
  if (decision.crowded) {
    const retryAfter = Math.max(1, seconds(decision.retryAfter))
    return { is: 'deny', problem: refuseLimit('CONCURRENCY_LIMITED', { retryAfter, headers: fields }) }
  }
  const short = decision.states.filter(({ wait }) => wait > 0).map(({ rule }) => rule.name)
  return {
    is: 'deny',
    problem: refuseLimit('RATE_LIMITED', {
      retryAfter: Math.max(1, seconds(decision.retryAfter)),
      headers: fields,
      reason: `used up: ${short.join(', ')}`,
    }),
  }
}
