import type {
  Authentication,
  Authenticator,
  Exchange,
  Finding,
  Grant,
  Principal,
  Request,
  Step,
} from '../core/index.ts'
import { type Ask, askOf } from './decision.ts'
import { createHold, type Hold } from './hold.ts'
import type { Limits } from './limits.ts'
import { asksOf, costOf, toFinding } from './steps.ts'
import type { Tier, TierOf } from './tier.ts'

/** What is asked for somebody, by their tier. */
type Held = { readonly tier: Tier; readonly key: string; readonly asks: readonly Ask[] }

/**
 * The same authenticator, whose callers are held by their tier: each person or service by itself, with whatever tokens
 * and sessions. Keys bring what their tier says along, so theirs is left alone.
 */
export function withTiers(
  authenticator: Authenticator,
  { tierOf, check }: { readonly tierOf: TierOf; readonly check: Limits['check'] },
): Authenticator {
  const known = new WeakMap<Principal, Held | null>()
  return Object.freeze({ ...authenticator, authenticate })

  function authenticate(request: Request): Authentication | Promise<Authentication> {
    const answer = authenticator.authenticate(request)
    return answer instanceof Promise ? answer.then(withGrant) : withGrant(answer)
  }

  function withGrant(answer: Authentication): Authentication {
    if (answer.is !== 'known' || answer.grant !== undefined) return answer
    const held = heldOf(answer.principal)
    return held === null ? answer : { ...answer, grant: grantOf(held) }
  }

  function heldOf(principal: Principal): Held | null {
    let held = known.get(principal)
    if (held === undefined) {
      const tier = tierOf(principal)
      held = tier === null ? null : makeHeld(tier, `tier ${principal.kind} ${principal.id}`)
      known.set(principal, held)
    }
    return held
  }

  function grantOf(held: Held): Grant {
    const { name, atOnce, maxBody } = held.tier
    const hold = atOnce === null ? null : createHold()
    const apply = (exchange: Exchange, dry: boolean, beside: readonly Step[] = []) =>
      applyTier(held, hold, exchange, dry, asksOf(beside, exchange))
    return {
      limits: { name: `limits of the tier ${name}`, stage: 'limits', joint: true, apply },
      ...(maxBody === null ? {} : { maxBody }),
      ...(hold === null ? {} : { release: hold.end }),
    }
  }

  function applyTier(
    { tier: { atOnce }, key, asks }: Held,
    hold: Hold | null,
    exchange: Exchange,
    dry: boolean,
    beside: readonly Ask[],
  ): Finding | Promise<Finding> {
    const all = [...beside, ...asks]
    if (all.length === 0 && atOnce === null) return undefined
    const place = atOnce === null ? null : { key, max: atOnce }
    const answer = check(all, { dry, place, route: exchange.route, cost: costOf(exchange) })
    const found = (decision: Awaited<typeof answer>): Finding => {
      if (decision.place !== null) hold?.take(decision.place)
      return toFinding(decision)
    }
    return answer instanceof Promise ? answer.then(found) : found(answer)
  }
}

function makeHeld(tier: Tier, key: string): Held {
  return Object.freeze({ tier, key, asks: Object.freeze(tier.rules.map((rule) => askOf(rule, key))) })
}
