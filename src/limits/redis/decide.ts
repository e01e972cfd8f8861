import type { RedisScript } from '../../store/index.ts'
import { type Ask, CROWDED_WAIT, type LimitDecision } from '../decision.ts'
import { assertRule, prefixOf, type Rule, type RuleState } from '../rule.ts'

/** All names of one installation carry this tag: one decision may touch any of them, and a cluster keeps them together. */
export const TAG = '{limits}'

const RATES = `${TAG}:rate:`

/** A place as Redis knows it: the set under its key, and the name in it. */
export type PlaceName = { readonly set: string; readonly name: string }

export type Question = {
  readonly asks: readonly Ask[]
  readonly cost: number
  readonly dry: boolean
  readonly place: (PlaceName & { readonly max: number; readonly lease: number }) | null
}

/** Where the time of a decision comes from, and how much longer than needed Redis keeps things. Only tests set another. */
export type RedisTime = { readonly now: () => number | ''; readonly slack: number }

export const REDIS_TIME: RedisTime = Object.freeze({ now: () => '', slack: 1000 })

/** What Redis answered. A place that was asked for and not refused is taken. */
export type Answer = Omit<LimitDecision, 'place'>

/** A rule as Redis is told of it: the start of its names, and how it counts. */
export type PreparedRule = { readonly prefix: string; readonly values: readonly (string | number)[] }

/** Makes the decision of one question with one call to Redis. */
export function createDecide(script: RedisScript, time: RedisTime): (question: Question) => Promise<Answer> {
  const prepare = createPrepare()

  return ({ asks, cost, dry, place }) => {
    const keys: string[] = []
    const values: (string | number)[] = [time.now(), time.slack, cost, dry ? 1 : 0, asks.length]
    for (const ask of asks) {
      const { prefix, values: more } = prepare(ask.rule)
      const name = rateName(ask, prefix)
      if (keys.includes(name)) throw new RangeError(`asked twice: ${name}`)
      keys.push(name)
      values.push(...more)
    }
    if (place !== null) {
      keys.push(place.set)
      values.push(place.max, place.name, place.lease)
    }
    return script(keys, values).then((reply) => readAnswer(reply, asks))
  }
}

/** The name that a rule's units are counted under for a key. */
export function rateName({ key, name }: Ask, prefix: string): string {
  return RATES + (name ?? prefix + key)
}

/** Makes what prepares each rule once. */
export function createPrepare(): (rule: Rule) => PreparedRule {
  const prepared = new WeakMap<Rule, PreparedRule>()
  return (rule) => {
    let known = prepared.get(rule)
    if (known === undefined) {
      known = prepareRule(rule)
      prepared.set(rule, known)
    }
    return known
  }
}

function prepareRule(rule: Rule): PreparedRule {
  assertRule(rule)
  const { max, per, burst, calendar } = rule
  const kind = calendar ?? (burst === null ? 'window' : 'bucket')
  return { prefix: prefixOf(rule), values: [kind, max, per, burst ?? 0] }
}

function readAnswer(reply: unknown, asks: readonly Ask[]): Answer {
  const numbers = reply as readonly number[]
  const crowded = numbers[1] === 1
  const states: RuleState[] = []
  let longest = 0
  for (let i = 0; i < asks.length; i++) {
    const at = 2 + i * 3
    const wait = numbers[at] as number
    const { rule } = asks[i] as Ask
    states.push({ rule, wait, remaining: numbers[at + 1] as number, resetAfter: numbers[at + 2] as number })
    if (wait > longest) longest = wait
  }
  const retryAfter = crowded ? Math.max(longest, CROWDED_WAIT) : longest
  return { allowed: numbers[0] === 1, retryAfter, states, crowded }
}
