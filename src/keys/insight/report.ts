import type { Store } from '../../store/index.ts'
import { periodStart } from '../key.ts'
import { type Figures, figuresOf, type Leaders, leadersOf } from './figures.ts'
import { type Series, type SeriesRange, seriesOf } from './series.ts'
import { DAY, SPANS } from './span.ts'
import { readRows, type SpanRow } from './store.ts'
import { addTraffic, createTraffic, PLACES, type Traffic, trafficOf } from './traffic.ts'

/** The running periods of the calendar, in UTC. */
export const PERIODS = ['hour', 'day', 'month'] as const
export type Period = (typeof PERIODS)[number]

/** The traffic of a key: what each running period comes to, and what came most in one of them. */
export type TrafficReport = {
  readonly traffic: Readonly<Record<Period, Figures>>
  readonly period: Period
  readonly series: Series | null
} & Leaders

/** What of a report can be chosen: the period whose leaders are named, and the time series. */
export type ReportQuestion = { readonly period: Period; readonly series: SeriesRange | null }

/** Reads the traffic of one key. What the last flush interval brought is not in it yet. */
export async function reportTraffic(
  store: Pick<Store, 'tables'>,
  keyId: string,
  question: ReportQuestion,
  now: number,
): Promise<TrafficReport> {
  const rows = await readRows(store, [keyId], DAY, { from: periodStart('month', now), to: now + DAY })
  const sums = sumsOf(rows, now)
  return {
    traffic: { hour: figuresOf(sums.hour), day: figuresOf(sums.day), month: figuresOf(sums.month) },
    period: question.period,
    ...leadersOf(sums[question.period]),
    series: question.series === null ? null : await readSeries(store, keyId, question.series),
  }
}

async function readSeries(store: Pick<Store, 'tables'>, keyId: string, range: SeriesRange): Promise<Series> {
  return seriesOf(range, await readRows(store, [keyId], SPANS[range.by].length, range))
}

// The running day is not a row of its own before it is over, nor is the running hour: each row lies in one of each.
function sumsOf(rows: readonly SpanRow[], now: number): Record<Period, Traffic> {
  const sums = {
    hour: createTraffic(PLACES.longer),
    day: createTraffic(PLACES.longer),
    month: createTraffic(PLACES.longer),
  }
  const starts = PERIODS.map((period) => [period, periodStart(period, now)] as const)
  for (const row of rows) {
    const traffic = trafficOf(row)
    for (const [period, start] of starts) if (row.start >= start) addTraffic(sums[period], traffic)
  }
  return sums
}
