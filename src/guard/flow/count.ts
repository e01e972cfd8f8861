import type { Exchange, RouteIdentity } from '../../core/index.ts'
import type { Velocity, VelocityBy } from './settings.ts'

type Rule = { readonly name: string; readonly max: number; readonly per: number; readonly burst: null }
type Ask = { readonly rule: Rule; readonly key: string }
type Counted = {
  readonly allowed: boolean
  readonly states: readonly { readonly rule: { readonly max: number }; readonly remaining: number }[]
  readonly unavailable?: boolean
}

/** What counts: limits that are asked all at once and charged all or none. */
export type CheckCounts = (
  asks: readonly Ask[],
  options: { readonly dry?: boolean; readonly route?: RouteIdentity },
) => Counted | Promise<Counted>

/** Whom a request is counted and remembered by. */
export type Subject = {
  readonly key: string
  readonly address: string
  /** Whether somebody is known. */
  readonly known: boolean
}

/** How much of the velocities is used, 0 to 1, and 1 when one of them is used up; null when nobody can count. */
export type UseOf = (
  exchange: Exchange,
  subject: Subject,
  object: string | null,
  dry: boolean,
) => Promise<number | null>

/** Makes what counts the velocities of a flow. What is used up is charged to none of them. */
export function velocityCounter(action: string, velocity: readonly Velocity[], check: CheckCounts): UseOf {
  const rules = velocity.map(({ by, max, per }) => ({ by, rule: ruleOf(by, max, per) }))
  return async ({ route }, subject, object, dry) => {
    if (rules.length === 0) return 0
    const asks = rules.map(({ by, rule }) => ({ rule, key: `flow ${action}${KEYS[by](subject, object ?? '')}` }))
    const { allowed, states, unavailable } = await check(asks, { dry, route: toldOf(route) })
    if (unavailable === true) return null
    if (!allowed) return 1
    return Math.max(...states.map(({ rule: { max }, remaining }) => Math.min(ALMOST, (max - remaining) / max)))
  }
}

// Each request is one, whatever it costs elsewhere.
function toldOf({ id, public: open, sharedLimitsOnly = false }: RouteIdentity): RouteIdentity {
  return sharedLimitsOnly ? { id, public: open, sharedLimitsOnly } : { id, public: open }
}

// As long as there is one more, nothing is used up.
const ALMOST = 0.999

const KEYS: Readonly<Record<VelocityBy, (subject: Subject, object: string) => string>> = {
  principal: ({ key }) => ` ${key}`,
  object: (_, object) => ` object ${object}`,
  address: ({ address }) => ` address ${address}`,
  'principal+object': ({ key }, object) => ` ${key} object ${object}`,
  'address+object': ({ address }, object) => ` address ${address} object ${object}`,
  all: () => '',
}

function ruleOf(by: VelocityBy, max: number, per: number): Rule {
  return Object.freeze({ name: `flow-${by}-${per / 1000}s`, max, per, burst: null })
}

// What may be used once must be used once everywhere: where processes cannot ask each other, it is not used at all.
const EVERYWHERE: RouteIdentity = Object.freeze({ id: 'verification', public: false, sharedLimitsOnly: true })

/** What may be done so often, and no oftener. */
export type Once = {
  /** Whether it may still be done: yes and charged, no, or null when nobody can say. */
  readonly take: (name: string, key: string, bound: Bound, dry?: boolean) => Promise<boolean | null>
  /** How often it was done. */
  readonly used: (name: string, key: string, bound: Bound) => Promise<number>
}

/** How often, and in how many milliseconds. */
type Bound = { readonly max: number; readonly per: number }

export function onceOf(check: CheckCounts): Once {
  const ask = (name: string, key: string, { max, per }: Bound, dry: boolean) =>
    check([{ rule: { name: `flow-${name}`, max, per, burst: null }, key }], { dry, route: EVERYWHERE })
  return Object.freeze({
    take: async (name: string, key: string, bound: Bound, dry = false) => {
      const { allowed, unavailable } = await ask(name, key, bound, dry)
      return unavailable === true ? null : allowed
    },
    used: async (name: string, key: string, bound: Bound) => {
      const { states } = await ask(name, key, bound, true)
      return bound.max - (states[0]?.remaining ?? bound.max)
    },
  })
}
