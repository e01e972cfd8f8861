import { type Caller, type Clock, done, type Result } from '../core/index.ts'
import type { Store } from '../store/index.ts'
import type { Insight, Period, SeriesQuestion, TrafficReport } from './insight/insight.ts'
import { type Key, periodStart } from './key.ts'
import { readUses, type Uses } from './quota-store.ts'

/** What can be asked about a key's usage: the period whose busiest endpoints and addresses are named, and a time series. */
export type UsageQuestion = { readonly period?: Period; readonly series?: SeriesQuestion | null }

/** How often a key was let through, and what its requests came to. */
export type UsageReport = Uses & TrafficReport

/**
 * Reports the usage of a key (row K24). Uses and requests of the last second are not in it yet.
 *
 * Errors: `KEY_UNKNOWN`, `INPUT_INVALID`.
 */
export function createUsageReport(deps: {
  store: Store
  clock: Clock
  insight: Insight
  get: (id: string, caller: Caller) => Promise<Result<Key>>
}) {
  return async (id: string, caller: Caller, question: UsageQuestion = {}): Promise<Result<UsageReport>> => {
    const key = await deps.get(id, caller)
    if (!key.ok) return key
    const now = deps.clock.now()
    const { period = 'month', series = null } = question
    const traffic = await deps.insight.report(id, { period, series })
    if (!traffic.ok) return traffic
    const uses = await readUses(deps.store, id, {
      hour: periodStart('hour', now),
      day: periodStart('day', now),
      month: periodStart('month', now),
      quota: periodStart(key.value.usageLimit?.per ?? 'total', now),
    })
    return done({ ...uses, ...traffic.value })
  }
}
