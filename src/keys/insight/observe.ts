import { type Clock, createId, type EventInput, isId } from '../../core/index.ts'
import { HOUR, MINUTE, startOf } from './span.ts'
import { setIn } from './top.ts'
import { addRequest, createTraffic, detailOf, PLACES, type Traffic } from './traffic.ts'

/** What one process saw of one key in one minute, so far: a row that only it writes. */
export type Observation = {
  readonly keyId: string
  readonly start: number
  readonly batch: string
  readonly requests: number
  readonly succeeded: number
  readonly denied: number
  readonly failed: number
  readonly spent: number
  readonly detail: string
}

export type Observer = {
  /** Takes one finished request of a key. Memory only; the next flush writes it. */
  readonly observe: (event: EventInput) => void
  readonly flush: () => Promise<void>
  readonly start: () => void
  readonly stop: () => Promise<void>
}

type Seen = { readonly organization: string | null; readonly traffic: Traffic; written: number }
/** What this process saw in one minute. Its id makes its rows its own. */
type Batch = {
  readonly id: string
  readonly start: number
  readonly keys: Map<string, Seen>
  fresh: boolean
  left: number
}

const FLUSH_EVERY = 800
/** Keys that one process observes in a minute. What more keys do is counted as their use, but not looked at closer. */
const MOST_KEYS = 20_000
/** Minutes that wait for a database that does not answer, and how old one may be: its hour must still have all its rows. */
const MOST_WAITING = 8
const OLDEST_WAITING = 12 * HOUR
/** Rows written by one transaction: a few milliseconds in which nothing else is done. */
const AT_ONCE = 500

/**
 * Watches the traffic of keys (row K24). Everything a process sees in a minute is a batch of rows that it alone writes,
 * each time as a whole: no two processes ever touch the same row, and a row that is written twice is the same.
 *
 * @param deps.countryOf the country of an address, for events that do not say it
 */
export function createObserver(deps: {
  write: (rows: readonly Observation[]) => Promise<void>
  countryOf: (address: string) => string | null
  clock: Clock
  onError: (error: unknown) => void
}): Observer {
  const { clock, countryOf, onError } = deps
  let current = batchAt(clock.now())
  let waiting: Batch[] = []
  let timer: NodeJS.Timeout | undefined
  let flushing: Promise<void> = Promise.resolve()

  function observe(event: EventInput): void {
    const { credential = null, address = null } = event
    if (credential === null) return
    const now = clock.now()
    // A clock that went back counts into the minute it had reached.
    if (now >= current.start + MINUTE) turn(now)
    const seen = seenOf(credential, event.organization ?? null)
    if (seen === null) return
    current.fresh = true
    addRequest(seen.traffic, event, event.country ?? (address === null ? null : countryOf(address)))
  }

  function seenOf(keyId: string, organization: string | null): Seen | null {
    const known = current.keys.get(keyId)
    if (known !== undefined) return known
    if (!isId('key', keyId)) return null
    if (current.keys.size >= MOST_KEYS) {
      current.left++
      return null
    }
    const fresh = { organization, traffic: createTraffic(PLACES.minute), written: 0 }
    current.keys.set(keyId, fresh)
    return fresh
  }

  function turn(now: number): void {
    const all = current.fresh ? [...waiting, current] : waiting
    waiting = all.slice(-MOST_WAITING).filter(({ start }) => now - start < OLDEST_WAITING)
    if (waiting.length < all.length) {
      onError(new Error('the database took no traffic for minutes; the oldest of what was seen is lost'))
    }
    if (current.left > 0) {
      onError(
        new Error(`${current.left} requests of more than ${MOST_KEYS} keys in a minute were not looked at closer`),
      )
    }
    current = batchAt(now)
  }

  function flush(): Promise<void> {
    flushing = flushing.then(writeSeen, writeSeen)
    return flushing
  }

  async function writeSeen(): Promise<void> {
    if (clock.now() >= current.start + MINUTE) turn(clock.now())
    for (const batch of [...waiting, current]) {
      await writeBatch(batch)
      // More may have come meanwhile, and the minute may have ended meanwhile.
      const others = waiting.filter((other) => other !== batch)
      waiting = batch !== current && batch.fresh ? [batch, ...others] : others
    }
  }

  async function writeBatch(batch: Batch): Promise<void> {
    if (!batch.fresh) return
    batch.fresh = false
    const fresh = [...batch.keys].filter(([, { traffic, written }]) => traffic.requests > written).sort(byKey)
    try {
      for (let at = 0; at < fresh.length; at += AT_ONCE) await writePart(batch, fresh.slice(at, at + AT_ONCE))
      // Last, so that what is told of an organization is never more than what is told of its keys.
      await deps.write(organizationsOf(batch))
    } catch (error) {
      batch.fresh = true
      onError(error)
    }
  }

  async function writePart(batch: Batch, part: readonly (readonly [string, Seen])[]): Promise<void> {
    const rows = part.map(([keyId, { traffic }]) => rowOf(batch, keyId, traffic))
    await deps.write(rows)
    for (const [i, [, seen]] of part.entries()) seen.written = rows[i]?.requests ?? 0
  }

  function start(): void {
    timer = setInterval(() => void flush(), FLUSH_EVERY)
    timer.unref()
  }

  async function stop(): Promise<void> {
    clearInterval(timer)
    await flush()
  }

  return Object.freeze({ observe, flush, start, stop })
}

function batchAt(now: number): Batch {
  return { id: createId('nod', now), start: startOf(MINUTE, now), keys: new Map(), fresh: false, left: 0 }
}

function rowOf({ id, start }: Batch, keyId: string, traffic: Traffic): Observation {
  const { requests, succeeded, denied, failed, spent } = traffic
  return { keyId, start, batch: id, requests, succeeded, denied, failed, spent, detail: detailOf(traffic) }
}

/** For each organization a row like that of a key, which ranks its keys: the busiest are then found without asking each. */
function organizationsOf(batch: Batch): Observation[] {
  const organizations = new Map<string, Traffic>()
  // The busiest first: only so many are ranked.
  const seen = [...batch.keys].sort(([, a], [, b]) => b.traffic.requests - a.traffic.requests)
  for (const [keyId, { organization, traffic }] of seen) {
    if (organization === null) continue
    const whole = organizations.get(organization) ?? createTraffic(PLACES.minute)
    organizations.set(organization, whole)
    addNumbers(whole, traffic)
    const { keys } = whole.tops
    if (keys.names.size < keys.places) setIn(keys, keyId, traffic.requests)
    else keys.floor = Math.max(keys.floor, traffic.requests)
  }
  return [...organizations].sort(byKey).map(([id, traffic]) => rowOf(batch, id, traffic))
}

function addNumbers(to: Traffic, from: Traffic): void {
  to.requests += from.requests
  to.succeeded += from.succeeded
  to.denied += from.denied
  to.failed += from.failed
  to.spent += from.spent
}

function byKey([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1
}
