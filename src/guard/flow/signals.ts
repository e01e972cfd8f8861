import type { SignalName } from './settings.ts'

const DAY = 86_400_000

/** How what is seen of a circumstance counts: 0 speaks for nothing, 1 as much against it as can be. */
type Counts = Readonly<Record<string, number>>

type Signal = {
  readonly name: SignalName
  readonly sentence: string
  /** Circumstances that are not measured but named. What is not known has its line here: it never counts as nothing. */
  readonly counts: Counts
}

/** What risk is made of. Weights are those of the route; everything else that the score depends on stands in this table. */
export const SIGNALS = [
  {
    name: 'velocity',
    sentence: 'The square of the part of a velocity that is used, the fullest one counting; 1 when one is used up.',
    counts: {},
  },
  {
    name: 'age',
    sentence: 'Falls evenly from 1 for an account made now to 0 for one of 30 days.',
    counts: { unknown: 0.5, nobody: 1 },
  },
  {
    name: 'history',
    sentence: 'Refusals of late: each counts a tenth, half of that ten minutes later.',
    counts: {},
  },
  {
    name: 'network',
    sentence: 'The network or country that the request comes from, against those of before.',
    counts: { listed: 1, moved: 0.8, unknown: 0.3, first: 0.3, same: 0 },
  },
  {
    name: 'device',
    sentence: 'The fingerprint of the device, against those of before.',
    counts: { none: 1, new: 0.8, first: 0.5, known: 0 },
  },
] as const satisfies readonly Signal[]

/** Milliseconds after which an account is no longer young. */
export const GROWN = 30 * DAY
/** Refusals that count as much as can be. */
export const MOST_REFUSALS = 10
/** Milliseconds in which what somebody was refused loses half of its weight. */
export const HALF_LIFE = 600_000

type CountsOf<Name extends SignalName> = keyof Extract<(typeof SIGNALS)[number], { readonly name: Name }>['counts']

/** What is known of a request when its risk is told. */
export type Circumstances = {
  /** The used part of the fullest velocity, 0 to 1. */
  readonly velocity: number
  /** Milliseconds since the account was made, or what stands in place of it. */
  readonly age: number | CountsOf<'age'>
  /** Refusals of late, the older ones counting less. */
  readonly history: number
  readonly network: CountsOf<'network'>
  readonly device: CountsOf<'device'>
}

/** How a named circumstance counts. */
export function countOf(name: 'age' | 'network' | 'device', circumstance: string): number {
  const counts: Counts = SIGNALS.find((signal) => signal.name === name)?.counts ?? {}
  // What the table does not know counts as much as can be.
  return counts[circumstance] ?? 1
}
