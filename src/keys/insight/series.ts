import { done, type FieldError, type Result, refused } from '../../core/index.ts'
import { refuseHttp } from '../../http/index.ts'
import { type Figures, figuresOf } from './figures.ts'
import { SPANS, type SpanName, startOf } from './span.ts'
import type { SpanRow } from './store.ts'
import { addTraffic, createTraffic, PLACES, type Traffic, trafficOf } from './traffic.ts'

/** A question for a time series: how long each point is, and from when to when; milliseconds, null for the default. */
export type SeriesQuestion = { readonly by: SpanName; readonly from: number | null; readonly to: number | null }

/** Whole stretches: `from` is the begin of the first, `to` the end of the last. */
export type SeriesRange = { readonly by: SpanName; readonly from: number; readonly to: number }

export type Point = Figures & { readonly at: number }
export type Series = SeriesRange & { readonly points: readonly Point[] }

export const MOST_POINTS = 1500
/** Points when nobody says from when. */
const USUAL = { minute: 60, hour: 24, day: 30 } as const

/** The stretches that a question is about, or `INPUT_INVALID` with every reason. */
export function rangeOf({ by, from, to }: SeriesQuestion, now: number): Result<SeriesRange> {
  const { length, kept } = SPANS[by]
  const last = startOf(length, to ?? now)
  const first = startOf(length, from ?? last - (USUAL[by] - 1) * length)
  const range = { by, from: first, to: last + length }
  const errors = mistakes(range, { oldest: startOf(length, now) - kept, now, length })
  return errors.length === 0 ? done(range) : refused(refuseHttp('INPUT_INVALID', { errors }))
}

function mistakes(range: SeriesRange, { oldest, now, length }: { oldest: number; now: number; length: number }) {
  const { by, from, to } = range
  const errors: FieldError[] = []
  if (from >= to) errors.push({ path: 'query.from', message: 'must not be after `to`' })
  if (from > now) errors.push({ path: 'query.from', message: 'must not be in the future' })
  if (to - length > now) errors.push({ path: 'query.to', message: 'must not be in the future' })
  if (from < oldest) {
    errors.push({
      path: 'query.from',
      message: `must be ${new Date(oldest).toISOString()} or later: no ${by} before is kept`,
    })
  }
  if ((to - from) / length > MOST_POINTS) {
    errors.push({ path: 'query.from', message: `asks for more than ${MOST_POINTS} points; ask for a shorter time` })
  }
  return errors
}

/** One point for each stretch, also for those in which nothing came. */
export function seriesOf(range: SeriesRange, rows: readonly SpanRow[]): Series {
  const { length } = SPANS[range.by]
  const sums = new Map<number, Traffic>()
  for (const row of rows) {
    const at = startOf(length, row.start)
    const sum = sums.get(at) ?? createTraffic(PLACES.longer)
    addTraffic(sum, trafficOf(row))
    sums.set(at, sum)
  }
  const points: Point[] = []
  for (let at = range.from; at < range.to; at += length) {
    points.push({ at, ...figuresOf(sums.get(at) ?? createTraffic(PLACES.longer)) })
  }
  return { ...range, points }
}
