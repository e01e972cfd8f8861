import { DDSketch } from '@datadog/sketches-js'

/** A percentile is at most this far from the true one, as a share of it. */
export const ACCURACY = 0.01

/**
 * How often each duration came, by the bins of a DDSketch: bin to count. Bins grow by two percent, so between a
 * microsecond and a day there are fewer than 1300, and two sketches are added bin by bin without losing anything.
 */
export type Durations = Map<number, number>

const { mapping } = new DDSketch({ relativeAccuracy: ACCURACY })
/** Milliseconds. What is shorter is nothing, what is longer is a day. */
const SHORTEST = 0.001
const LONGEST = 86_400_000
const NOTHING = Number.MIN_SAFE_INTEGER

/** Counts one duration, in milliseconds. */
export function addDuration(durations: Durations, ms: number): void {
  const bin = ms < SHORTEST ? NOTHING : mapping.key(Math.min(ms, LONGEST))
  durations.set(bin, (durations.get(bin) ?? 0) + 1)
}

export function addDurations(to: Durations, from: Durations): void {
  for (const [bin, count] of from) to.set(bin, (to.get(bin) ?? 0) + count)
}

export function countOf(durations: Durations): number {
  let count = 0
  for (const of of durations.values()) count += of
  return count
}

/** The percentiles asked for, from 0 to 1, in milliseconds; null when nothing was counted. */
export function percentiles(durations: Durations, wanted: readonly number[]): (number | null)[] {
  if (durations.size === 0) return wanted.map(() => null)
  const sketch = new DDSketch({ relativeAccuracy: ACCURACY })
  for (const [bin, count] of durations) {
    if (bin === NOTHING) sketch.zeroCount += count
    else sketch.store.add(bin, count)
    sketch.count += count
  }
  return wanted.map((share) => sketch.getValueAtQuantile(quantileOf(share, sketch.count)))
}

// Of few durations the slowest must not be left out: the nearest rank, where the library takes the one below. It counts
// from 0 to count - 1; the quarter keeps what is rounded on the way from falling to the rank before.
function quantileOf(share: number, count: number): number {
  const rank = Math.max(1, Math.ceil(share * count)) - 1
  return Math.min(1, (rank + 0.25) / (count - 1))
}

/** What is kept of durations: how many were nothing, then each bin as its distance from the one before, and its count. */
export type DurationsRecord = readonly number[]

export function recordOfDurations(durations: Durations): DurationsRecord {
  const record = [durations.get(NOTHING) ?? 0]
  let before = 0
  for (const bin of [...durations.keys()].sort((a, b) => a - b)) {
    if (bin === NOTHING) continue
    record.push(bin - before, durations.get(bin) ?? 0)
    before = bin
  }
  return record
}

export function durationsOf(record: DurationsRecord | undefined): Durations {
  const durations: Durations = new Map()
  if (record === undefined) return durations
  const [nothing = 0] = record
  if (nothing > 0) durations.set(NOTHING, nothing)
  let bin = 0
  for (let i = 1; i + 1 < record.length; i += 2) {
    bin += record[i] as number
    durations.set(bin, record[i + 1] as number)
  }
  return durations
}
