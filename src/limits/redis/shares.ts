import { LRUCache } from 'lru-cache'
import type { RedisScript } from '../../store/index.ts'
import type { Ask, LimitDecision } from '../decision.ts'
import type { Rule, RuleState } from '../rule.ts'
import { createPrepare, rateName } from './decide.ts'

/** Milliseconds between two times at which the others are told. */
export const SYNC_EVERY = 100
/** All processes together may let through one unit of so many that Redis does not know of yet. */
const PART = 10
/** A share is used for so many milliseconds after Redis was heard. */
const FRESH = 1000
/** Keys that this process has a share of at the most; others are asked about. */
const CAPACITY = 50_000
/** Keys that one call tells of. */
const AT_ONCE = 200

/** What this process may let through by itself, of one rule for one key. */
type Share = {
  readonly rule: Rule
  readonly name: string
  /** The most units that Redis may not know of. */
  most: number
  /** Units that Redis was not told of, and those that it is being told of. */
  untold: number
  telling: number
  remaining: number
  resetAfter: number
  /** When Redis was heard of it. */
  heardAt: number
  usedAt: number
}

export type Shares = {
  /** Lets a request through here, or answers null where Redis has to be asked. */
  readonly decide: (asks: readonly Ask[], cost: number) => LimitDecision | null
  /** Redis said how it stands. */
  readonly learn: (states: readonly RuleState[], asks: readonly Ask[]) => void
  /** Tells Redis what it does not know yet. */
  readonly tell: () => Promise<void>
  readonly stop: () => Promise<void>
}

/**
 * Shares of limits (row L2): a process may let through what is within its share without asking anybody, and tells the
 * others each 100 ms. A share is a tenth of what remained when Redis was last heard, divided by the processes; beyond it
 * Redis is asked, exactly. Redis never counts more than `max`, and what it was not told of is never more than a tenth of
 * it: so together they admit at most `max + max / 10` in a window.
 *
 * What Redis has no room for any more stays untold here, and leaves this process that much less until there is room.
 *
 * @param deps.alone whether Redis is away: then nobody is told
 * @param deps.steady milliseconds that never run backwards
 */
export function createShares(deps: {
  readonly charge: RedisScript
  readonly processes: () => number
  readonly alone: () => boolean
  readonly steady: () => number
  readonly slack: number
  readonly time: () => number | ''
  readonly onError: (error: unknown) => void
}): Shares {
  const prepare = createPrepare()
  const shares = new LRUCache<string, Share>({ max: CAPACITY })
  // Those that were forgotten meanwhile are told of all the same.
  const untold = new Map<string, Share>()
  let timer: NodeJS.Timeout | null = null
  let running: Promise<void> = Promise.resolve()

  const nameOf = (ask: Ask): string => rateName(ask, prepare(ask.rule).prefix)

  function usable(ask: Ask, cost: number, now: number): Share | null {
    const share = shares.get(nameOf(ask))
    if (share === undefined || now - share.heardAt > FRESH) return null
    return share.untold + share.telling + cost <= share.most ? share : null
  }

  function decide(asks: readonly Ask[], cost: number): LimitDecision | null {
    const now = deps.steady()
    const found: Share[] = []
    for (const ask of asks) {
      const share = usable(ask, cost, now)
      if (share === null || found.includes(share)) return null
      found.push(share)
    }
    for (const share of found) use(share, cost, now)
    return { allowed: true, retryAfter: 0, states: found.map(stateOf), crowded: false, place: null }
  }

  function use(share: Share, cost: number, now: number): void {
    share.untold += cost
    share.usedAt = now
    untold.set(share.name, share)
    timer ??= later()
  }

  function learn(states: readonly RuleState[], asks: readonly Ask[]): void {
    for (const [i, { rule, remaining, resetAfter }] of states.entries()) {
      const name = nameOf(asks[i] as Ask)
      const share = shares.get(name) ?? untold.get(name) ?? { ...NEW, rule, name }
      hear(share, remaining, resetAfter)
      // Where Redis is asked each time anyway, nothing needs to be remembered.
      if (share.most > 0) shares.set(name, share)
    }
  }

  function hear(share: Share, remaining: number, resetAfter: number): void {
    share.remaining = remaining
    share.resetAfter = resetAfter
    share.heardAt = deps.steady()
    share.most = Math.floor(remaining / (PART * deps.processes()))
  }

  function later(): NodeJS.Timeout {
    const next = setTimeout(() => {
      timer = null
      running = tell()
    }, SYNC_EVERY)
    next.unref()
    return next
  }

  async function tell(): Promise<void> {
    await running
    if (!deps.alone()) {
      const all = [...untold.values()]
      for (let at = 0; at < all.length; at += AT_ONCE) await tellSome(all.slice(at, at + AT_ONCE))
    }
    if (untold.size > 0) timer ??= later()
  }

  async function tellSome(some: readonly Share[]): Promise<void> {
    const values = some.flatMap(({ rule, untold: units }) => [...prepare(rule).values, units])
    for (const share of some) {
      share.telling = share.untold
      share.untold = 0
    }
    const answer = await deps
      .charge(
        some.map(({ name }) => name),
        [deps.time(), deps.slack, 0, 0, some.length, ...values],
      )
      .catch(deps.onError)
    for (const [i, share] of some.entries()) told(share, Array.isArray(answer) ? answer.slice(i * 3, i * 3 + 3) : null)
  }

  // Without an answer nobody knows whether it was counted: it is told again, which counts too much rather than too little.
  function told(share: Share, answer: readonly number[] | null): void {
    const [left = share.telling, remaining, resetAfter] = answer ?? []
    share.telling = 0
    share.untold += left
    if (remaining !== undefined && resetAfter !== undefined) hear(share, remaining, resetAfter)
    // After its window it would not count any more.
    if (share.untold === 0 || deps.steady() - share.usedAt > share.rule.per) untold.delete(share.name)
  }

  return Object.freeze({
    decide,
    learn,
    tell,
    stop: async () => {
      if (timer !== null) clearTimeout(timer)
      timer = null
      await tell()
      if (timer !== null) clearTimeout(timer)
    },
  })
}

const NEW = { most: 0, untold: 0, telling: 0, remaining: 0, resetAfter: 0, heardAt: 0, usedAt: 0 }

function stateOf({ rule, remaining, untold, telling, resetAfter }: Share): RuleState {
  return { rule, remaining: Math.max(0, remaining - untold - telling), resetAfter, wait: 0 }
}
