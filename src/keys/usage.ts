import type { Clock } from '../core/index.ts'
import { LIMIT_WINDOWS, periodEnd, periodStart, type UsageLimit } from './key.ts'

/** What one flush brings to the store for one key. */
export type UsageDelta = {
  readonly keyId: string
  readonly uses: number
  readonly lastAt: number
  readonly lastAddress: string | null
  /** The hour that all of these uses fell in, milliseconds of its begin. */
  readonly hour: number
  /** Uses to charge to the key's quota, with the period they belong to. */
  readonly quota: { readonly start: number; readonly uses: number } | null
}

export type QuotaState = { readonly start: number; readonly used: number }

/** The store behind the counters. */
export type UsageSink = {
  /** Writes all deltas in one transaction and answers each charged key's quota as it now stands, other processes' uses included. */
  readonly write: (deltas: readonly UsageDelta[]) => Promise<ReadonlyMap<string, QuotaState>>
  readonly quota: (keyId: string) => Promise<QuotaState | null>
  /** Charges one use if it still fits, as one atomic statement. */
  readonly consume: (keyId: string, start: number, max: number) => Promise<boolean>
}

export type QuotaAnswer = { readonly allowed: boolean; readonly remaining: number; readonly resetAt: number | null }

export type Usage = {
  /** Counts one use. Memory only; the next flush writes it. */
  readonly count: (keyId: string, address: string | null) => void
  /** Whether one more use fits the limit; charges it unless `dry`. A promise when it must read, or when the limit is exact. */
  readonly charge: (keyId: string, limit: UsageLimit, dry: boolean) => QuotaAnswer | Promise<QuotaAnswer>
  /** Forgets what is known of a key's quota, after it was reset or changed; null for every key. */
  readonly forget: (keyId: string | null) => void
  readonly flush: () => Promise<void>
  readonly start: () => void
  readonly stop: () => Promise<void>
}

type Pending = { uses: number; lastAt: number; lastAddress: string | null; quota: number; quotaStart: number }
/** What was counted within one hour and is not written yet. */
type Batch = { readonly hour: number; readonly keys: Map<string, Pending> }
type Known = { start: number; used: number; pending: number }

const FLUSH_EVERY = 500
const { hour: HOUR } = LIMIT_WINDOWS
/** Keys written by one transaction: a few milliseconds in which nothing else is done. */
const AT_ONCE = 2000

/**
 * Counts uses in memory and writes them in batches (row K15): a crash loses at most one flush interval of counts. A usage
 * limit is checked against what the store last said plus what this process used since, so several processes together can
 * overspend by what they use within one interval, and not at all in `exact` mode.
 */
export function createUsage(deps: { sink: UsageSink; clock: Clock; onError: (error: unknown) => void }): Usage {
  let current: Batch = batchOf(hourOf(deps.clock.now()))
  const closed = new Map<number, Batch>()
  const quotas = new Map<string, Known>()
  let timer: NodeJS.Timeout | undefined
  let flushing: Promise<void> = Promise.resolve()

  function count(keyId: string, address: string | null): void {
    const now = deps.clock.now()
    const mine = pendingOf(batchAt(now), keyId)
    mine.uses++
    mine.lastAt = now
    mine.lastAddress = address
  }

  // A clock that went back counts into the hour it had reached.
  function batchAt(now: number): Batch {
    if (now >= current.hour + HOUR) {
      close(current)
      current = batchOf(hourOf(now))
    }
    return current
  }

  function close(batch: Batch): void {
    const same = closed.get(batch.hour)
    if (same === undefined) closed.set(batch.hour, batch)
    else for (const [keyId, mine] of batch.keys) addPending(pendingOf(same, keyId), mine)
  }

  function charge(keyId: string, limit: UsageLimit, dry: boolean): QuotaAnswer | Promise<QuotaAnswer> {
    if (limit.exact) return dry ? lookExactly(keyId, limit) : chargeExactly(keyId, limit)
    const known = quotas.get(keyId)
    return known === undefined
      ? learn(keyId).then((learnt) => chargeKnown(keyId, learnt, limit, dry))
      : chargeKnown(keyId, known, limit, dry)
  }

  function chargeKnown(keyId: string, known: Known, limit: UsageLimit, dry: boolean): QuotaAnswer {
    const now = deps.clock.now()
    const start = periodStart(limit.per, now)
    // A clock that went back must not open the period again: only a later period starts anew.
    if (start > known.start) Object.assign(known, { start, used: 0, pending: 0 })
    const left = limit.max - known.used - known.pending
    const allowed = left > 0
    if (allowed && !dry) chargePending(keyId, known, now)
    return { allowed, remaining: Math.max(0, left - (allowed ? 1 : 0)), resetAt: periodEnd(limit.per, now) }
  }

  async function chargeExactly(keyId: string, limit: UsageLimit): Promise<QuotaAnswer> {
    const now = deps.clock.now()
    const allowed = await deps.sink.consume(keyId, periodStart(limit.per, now), limit.max)
    return { allowed, remaining: 0, resetAt: periodEnd(limit.per, now) }
  }

  // What this process remembers is of no use here: the other processes' uses are in the store at once.
  async function lookExactly(keyId: string, limit: UsageLimit): Promise<QuotaAnswer> {
    const state = await deps.sink.quota(keyId)
    const known = { start: state?.start ?? 0, used: state?.used ?? 0, pending: 0 }
    return chargeKnown(keyId, known, limit, true)
  }

  async function learn(keyId: string): Promise<Known> {
    const state = await deps.sink.quota(keyId)
    const known = quotas.get(keyId) ?? { start: state?.start ?? 0, used: state?.used ?? 0, pending: 0 }
    quotas.set(keyId, known)
    return known
  }

  function chargePending(keyId: string, known: Known, now: number): void {
    known.pending++
    const mine = pendingOf(batchAt(now), keyId)
    if (mine.quotaStart !== known.start) Object.assign(mine, { quota: 0, quotaStart: known.start })
    mine.quota++
  }

  function flush(): Promise<void> {
    flushing = flushing.then(writePending, writePending)
    return flushing
  }

  async function writePending(): Promise<void> {
    close(current)
    current = batchOf(current.hour)
    const batches = [...closed.values()]
    closed.clear()
    for (const batch of batches) {
      for (const part of parts(batch)) await writePart(part)
    }
  }

  async function writePart(part: Batch): Promise<void> {
    try {
      settle(part, await deps.sink.write([...part.keys].map(([keyId, mine]) => deltaOf(keyId, mine, part.hour))))
    } catch (error) {
      // What could not be written waits for the next time.
      close(part)
      deps.onError(error)
    }
  }

  function settle({ keys }: Batch, states: ReadonlyMap<string, QuotaState>): void {
    for (const [keyId, state] of states) {
      const known = quotas.get(keyId)
      const mine = keys.get(keyId)
      if (known === undefined || mine === undefined) continue
      if (known.start === state.start) Object.assign(known, { used: state.used, pending: known.pending - mine.quota })
    }
  }

  function forget(keyId: string | null): void {
    if (keyId === null) quotas.clear()
    else quotas.delete(keyId)
  }

  function start(): void {
    timer = setInterval(() => void flush(), FLUSH_EVERY)
    timer.unref()
  }

  async function stop(): Promise<void> {
    clearInterval(timer)
    await flush()
  }

  return Object.freeze({ count, charge, forget, flush, start, stop })
}

function hourOf(now: number): number {
  return now - (now % HOUR)
}

function batchOf(hour: number): Batch {
  return { hour, keys: new Map() }
}

function pendingOf({ keys }: Pick<Batch, 'keys'>, keyId: string): Pending {
  const known = keys.get(keyId)
  if (known !== undefined) return known
  const fresh = { uses: 0, lastAt: 0, lastAddress: null, quota: 0, quotaStart: 0 }
  keys.set(keyId, fresh)
  return fresh
}

function addPending(to: Pending, from: Pending): void {
  to.uses += from.uses
  if (from.lastAt >= to.lastAt) Object.assign(to, { lastAt: from.lastAt, lastAddress: from.lastAddress })
  if (from.quotaStart < to.quotaStart) return
  to.quota = from.quota + (from.quotaStart === to.quotaStart ? to.quota : 0)
  to.quotaStart = from.quotaStart
}

// In one order everywhere: two processes that write the same keys then wait for each other, never both ways.
function* parts({ hour, keys }: Batch): Generator<Batch> {
  const sorted = [...keys.keys()].sort()
  for (let at = 0; at < sorted.length; at += AT_ONCE) {
    const part = sorted.slice(at, at + AT_ONCE).map((keyId) => [keyId, pendingOf({ keys }, keyId)] as const)
    yield { hour, keys: new Map(part) }
  }
}

function deltaOf(keyId: string, mine: Pending, hour: number): UsageDelta {
  const { uses, lastAt, lastAddress, quota, quotaStart } = mine
  return { keyId, uses, lastAt, lastAddress, hour, quota: quota === 0 ? null : { start: quotaStart, uses: quota } }
}
