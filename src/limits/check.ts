import { type Concurrency, placeOf } from './concurrency.ts'
import { type Ask, assertOptions, type CheckOptions, CROWDED_WAIT, type LimitDecision } from './decision.ts'
import { gcra } from './gcra.ts'
import type { Algorithm, Meter } from './meter.ts'
import { createQuota } from './quota.ts'
import { assertRule, prefixOf, type Rule, type RuleState, shareOf } from './rule.ts'
import type { Shelf } from './shelf.ts'
import { slidingWindow } from './sliding-window.ts'
import type { SteadyTime } from './steady.ts'

// A rule made ready: how it counts, under which names, and how much of it is ours.
type Prepared = {
  readonly algorithm: Algorithm
  readonly prefix: string
  readonly share: Rule
  readonly processes: number
}

// One rule while a decision is made. Its key is looked up once.
type Look = {
  readonly rule: Rule
  readonly share: Rule
  readonly algorithm: Algorithm
  readonly name: string
  meter: Meter | undefined
  readonly wait: number
}

/** Decides in the memory of this process. `processes` divides every limit by so many. */
export type CheckHere = (asks: readonly Ask[], options?: CheckOptions, processes?: number) => LimitDecision

/**
 * Makes the decision over several rules and a place at once: first everything is asked, then all is charged or nothing.
 */
export function createCheck(shelf: Shelf, concurrency: Concurrency, time: SteadyTime): CheckHere {
  const quota = createQuota(time.wall)
  const prepared = new WeakMap<Rule, Prepared>()

  function prepare(rule: Rule, processes: number): Prepared {
    let known = prepared.get(rule)
    if (known === undefined || known.processes !== processes) {
      known = prepareRule(rule, processes)
      prepared.set(rule, known)
    }
    return known
  }

  function prepareRule(rule: Rule, processes: number): Prepared {
    assertRule(rule)
    const algorithm = rule.calendar !== undefined ? quota : rule.burst === null ? slidingWindow : gcra
    return { algorithm, prefix: prefixOf(rule), share: ruleShare(rule, processes), processes }
  }

  function look(ask: Ask, at: number, cost: number, processes: number): Look {
    const { rule } = ask
    const { algorithm, prefix, share } = prepare(rule, processes)
    const name = ask.name ?? prefix + ask.key
    const meter = shelf.get(name)
    const wait = meter === undefined ? 0 : algorithm.wait(share, meter, at, cost)
    return { rule, share, algorithm, name, meter, wait: cost > algorithm.most(share) ? rule.per : wait }
  }

  return (asks, options, processes = 1) => {
    const cost = assertOptions(options)
    const at = time.now()
    const looks: Look[] = []
    let longest = 0
    for (let i = 0; i < asks.length; i++) {
      const seen = look(asks[i] as Ask, at, cost, processes)
      for (const other of looks) if (other.name === seen.name) throw new RangeError(`asked twice: ${seen.name}`)
      looks.push(seen)
      if (seen.wait > longest) longest = seen.wait
    }
    const place = options?.place ?? null
    const crowded = place !== null && concurrency.inside(place.key) >= shareOf(place.max, processes)
    const allowed = longest === 0 && !crowded
    const charged = allowed && options?.dry !== true
    if (charged) for (const seen of looks) charge(shelf, seen, at, cost)
    const states: RuleState[] = []
    for (const seen of looks) states.push(stateOf(seen, at))
    return {
      allowed,
      retryAfter: crowded ? Math.max(longest, CROWDED_WAIT) : longest,
      states,
      crowded,
      place: charged && place !== null ? enter(place.key) : null,
    }
  }

  function enter(key: string) {
    concurrency.enter(key)
    return placeOf(() => concurrency.leave(key))
  }
}

function ruleShare(rule: Rule, processes: number): Rule {
  if (processes === 1) return rule
  const burst = rule.burst === null ? null : shareOf(rule.burst, processes)
  return { ...rule, max: shareOf(rule.max, processes), burst }
}

function charge(shelf: Shelf, seen: Look, at: number, cost: number): void {
  const meter = seen.meter ?? seen.algorithm.start()
  seen.algorithm.take(seen.share, meter, at, cost)
  if (seen.meter === undefined) shelf.put(seen.name, meter, at)
  seen.meter = meter
}

function stateOf({ rule, share, algorithm, meter, wait }: Look, at: number): RuleState {
  if (meter === undefined) return { rule, remaining: algorithm.most(share), resetAfter: 0, wait }
  return {
    rule,
    remaining: algorithm.remaining(share, meter, at),
    resetAfter: Math.max(0, meter.idleAt - at),
    wait,
  }
}
