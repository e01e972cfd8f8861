import { gcra } from './gcra.ts'
import type { Algorithm, Meter } from './meter.ts'
import { assertRule, assertWhole, type Rule, type RuleState } from './rule.ts'
import type { Shelf } from './shelf.ts'
import { slidingWindow } from './sliding-window.ts'

/** One rule asked about one key. Keys of different rules do not meet. */
export type Ask = { readonly rule: Rule; readonly key: string }

export type CheckOptions = {
  /** Say what would be decided and charge nothing. */
  readonly dry?: boolean
  /** Units this request costs; 1 unless said otherwise. */
  readonly cost?: number
}

export type LimitDecision = {
  readonly allowed: boolean
  /** Milliseconds after which the same question would be allowed: the longest wait of all rules. 0 when allowed. */
  readonly retryAfter: number
  /** In the order of the question. */
  readonly states: readonly RuleState[]
}

type Prepared = { readonly algorithm: Algorithm; readonly prefix: string }

/**
 * Makes the decision over several rules at once: first every rule is asked, then all are charged or none is.
 */
export function createCheck(
  shelf: Shelf,
  now: () => number,
): (asks: readonly Ask[], options?: CheckOptions) => LimitDecision {
  const prepared = new WeakMap<Rule, Prepared>()

  function prepare(rule: Rule): Prepared {
    let known = prepared.get(rule)
    if (known === undefined) {
      known = prepareRule(rule)
      prepared.set(rule, known)
    }
    return known
  }

  function look({ rule, key }: Ask, at: number, cost: number): Look {
    const { algorithm, prefix } = prepare(rule)
    const name = prefix + key
    const meter = shelf.get(name)
    if (cost > algorithm.most(rule)) return { rule, algorithm, name, meter, wait: rule.per }
    return { rule, algorithm, name, meter, wait: meter === undefined ? 0 : algorithm.wait(rule, meter, at, cost) }
  }

  return (asks, options) => {
    const cost = options?.cost ?? 1
    assertWhole(cost, 1, Number.MAX_SAFE_INTEGER, 'cost')
    const at = now()
    const looks: Look[] = []
    let longest = 0
    for (let i = 0; i < asks.length; i++) {
      const seen = look(asks[i] as Ask, at, cost)
      for (const other of looks) if (other.name === seen.name) throw new RangeError(`asked twice: ${seen.name}`)
      looks.push(seen)
      if (seen.wait > longest) longest = seen.wait
    }
    if (longest === 0 && options?.dry !== true) for (const seen of looks) charge(shelf, seen, at, cost)
    const states: RuleState[] = []
    for (const seen of looks) states.push(stateOf(seen, at))
    return { allowed: longest === 0, retryAfter: longest, states }
  }
}

// One rule while a decision is made. Its key is looked up once.
type Look = {
  readonly rule: Rule
  readonly algorithm: Algorithm
  readonly name: string
  meter: Meter | undefined
  readonly wait: number
}

function prepareRule(rule: Rule): Prepared {
  assertRule(rule)
  return {
    algorithm: rule.burst === null ? slidingWindow : gcra,
    // The length keeps name and key apart; window and burst are in it, so that a changed rule starts afresh.
    prefix: `${rule.name.length}:${rule.name}:${rule.per}:${rule.burst ?? ''}:`,
  }
}

function charge(shelf: Shelf, seen: Look, at: number, cost: number): void {
  const meter = seen.meter ?? seen.algorithm.start()
  seen.algorithm.take(seen.rule, meter, at, cost)
  if (seen.meter === undefined) shelf.put(seen.name, meter, at)
  seen.meter = meter
}

function stateOf({ rule, algorithm, meter, wait }: Look, at: number): RuleState {
  if (meter === undefined) return { rule, remaining: algorithm.most(rule), resetAfter: 0, wait }
  return {
    rule,
    remaining: algorithm.remaining(rule, meter, at),
    resetAfter: Math.max(0, meter.idleAt - at),
    wait,
  }
}
