import { type Caller, type Clock, done, type EventInput, type Result } from '../../core/index.ts'
import { type Chore, type Store, startChore } from '../../store/index.ts'
import { reachOf } from '../verify/reach.ts'
import { type Busiest, busiestKeys } from './busiest.ts'
import { createObserver } from './observe.ts'
import { type Period, reportTraffic, type TrafficReport } from './report.ts'
import { tidy } from './roll-up.ts'
import { rangeOf, type SeriesQuestion } from './series.ts'
import { putObservations } from './store.ts'
import { type UnusedKeys, unusedKeys } from './unused.ts'

export type { Period, TrafficReport } from './report.ts'
export type { SeriesQuestion } from './series.ts'

/** What the traffic of keys tells (row K24). */
export type Insight = {
  /** Takes one finished request, wherever it was answered. Memory only; written within a second. */
  readonly observe: (event: EventInput) => void
  /** The traffic of a key that the caller may see. Errors: `INPUT_INVALID`. */
  readonly report: (
    keyId: string,
    question: { readonly period: Period; readonly series: SeriesQuestion | null },
  ) => Promise<Result<TrafficReport>>
  readonly busiest: (question: { readonly period: Period; readonly most: number }, caller: Caller) => Promise<Busiest>
  readonly unused: (
    days: number,
    part: { readonly before: string | null; readonly limit: number },
    caller: Caller,
  ) => Promise<UnusedKeys>
  readonly flush: () => Promise<void>
  /** Rolls up and deletes now what is due, if no other process is at it. */
  readonly tidy: () => Promise<boolean>
  readonly stop: () => Promise<void>
}

const TIDY_EVERY = 60_000

/** Builds the watch over the keys' traffic and starts what writes and keeps it small. `stop` ends it. */
export function createInsight(deps: {
  store: Store
  clock: Clock
  countryOf: (address: string) => string | null
  onError: (error: unknown) => void
}): Insight {
  const { store, clock, onError } = deps
  const observer = createObserver({ ...deps, write: (rows) => putObservations(store, rows) })
  const chore: Chore = startChore({
    leases: store.leases,
    name: 'keys.traffic',
    every: TIDY_EVERY,
    lease: TIDY_EVERY,
    work: (held) => tidy(deps, held),
    onError,
  })
  observer.start()

  const report: Insight['report'] = async (keyId, { period, series }) => {
    const now = clock.now()
    const range = series === null ? done(null) : rangeOf(series, now)
    if (!range.ok) return range
    return done(await reportTraffic(store, keyId, { period, series: range.value }, now))
  }

  return Object.freeze({
    observe: observer.observe,
    report,
    busiest: (question: { period: Period; most: number }, caller: Caller) =>
      busiestKeys(store, reachOf(caller), question, clock.now()),
    unused: (days: number, part: { before: string | null; limit: number }, caller: Caller) =>
      unusedKeys(store, reachOf(caller), days, { ...part, now: clock.now() }),
    flush: observer.flush,
    tidy: chore.run,
    stop: async () => {
      await chore.stop()
      await observer.stop()
    },
  })
}
