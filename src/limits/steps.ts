import type { Address, Exchange, Finding, Step } from '../core/index.ts'
import type { Ask, CheckOptions, LimitDecision } from './check.ts'
import { headers, seconds } from './headers.ts'
import { refuseLimit } from './problems.ts'
import { assertRule, type Rule } from './rule.ts'

/** A limit as a route declares it. */
export type RouteLimit = {
  readonly by: 'key' | 'address' | 'route'
  readonly max: number
  /** Milliseconds. */
  readonly per: number
  readonly burst: number | null
}

type Check = (asks: readonly Ask[], options?: CheckOptions) => LimitDecision | Promise<LimitDecision>

/**
 * Makes the one step that holds a route's limits: all are asked, then all are charged or none.
 *
 * A limit by key on a request without a credential (a public route) counts by address instead, so that going without
 * a key never means going without a limit. IPv6 addresses count by their /64, the smallest block a client is given.
 *
 * @returns the step, or null for a route without limits
 * @throws RangeError for a limit that could not be enforced as it reads
 */
export function createLimitsStep(check: Check, route: string, limits: readonly RouteLimit[]): Step | null {
  if (limits.length === 0) return null
  const rules = limits.map((limit, i) => ({ by: limit.by, rule: toRule(limit, i, limits) }))
  return Object.freeze({
    name: 'limits',
    stage: 'limits' as const,
    apply: (exchange: Exchange, dry: boolean) => {
      const answer = check(
        rules.map(({ by, rule }) => ({ rule, key: keyOf(by, route, exchange) })),
        dry ? DRY : WET,
      )
      return answer instanceof Promise ? answer.then(toFinding) : toFinding(answer)
    },
  })
}

const DRY: CheckOptions = Object.freeze({ dry: true })
const WET: CheckOptions = Object.freeze({ dry: false })

/** What the pipeline is told of a decision: the fields to add, or the refusal that carries them. */
export function toFinding(decision: LimitDecision): Finding {
  const fields = headers(decision.states)
  if (decision.allowed) return { is: 'note', headers: fields }
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

/** What an address is counted by: itself, or for IPv6 its first 64 bits. */
export function addressKey(address: Address): string {
  if (address.family === 4) return address.text
  return `${Buffer.from(address.bytes.slice(0, 8)).toString('hex')}/64`
}

function keyOf(by: RouteLimit['by'], route: string, { request, principal }: Exchange): string {
  if (by === 'route') return route
  if (by === 'key' && principal.credential !== null) return `${route} ${principal.credential.id}`
  return `${route} ${addressKey(request.client)}`
}

// Two limits of one kind and window differ by their place in the list, so that each counts for itself.
function toRule({ by, max, per, burst }: RouteLimit, place: number, all: readonly RouteLimit[]): Rule {
  const plain = nameOf(by, per)
  const twin = all.slice(0, place).some((other) => nameOf(other.by, other.per) === plain)
  const rule = Object.freeze({ name: twin ? `${plain}-${place + 1}` : plain, max, per, burst })
  assertRule(rule)
  return rule
}

function nameOf(by: string, per: number): string {
  return per % 1000 === 0 ? `${by}-${per / 1000}s` : `${by}-${per}ms`
}
