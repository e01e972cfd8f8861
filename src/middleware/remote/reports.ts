import type { EventInput } from '../../core/index.ts'
import { isFinal, type Link } from './link.ts'

/** What an application tells the server of the requests that it judged itself. Memory only until it is sent. */
export type Reports = {
  /** A use of a key that was let through without asking the server. */
  readonly count: (key: string, address: string | null) => void
  /** A request that is over. */
  readonly record: (event: EventInput) => void
  /** Sends what waits, and ends. */
  readonly stop: () => Promise<void>
}

const SEND_EVERY = 1_000
const AT_ONCE = 500
const MOST_COUNTED = 1_000
/** More than this is not kept while the server cannot be reached; what is lost is told to `onError`. */
const MOST_WAITING = 20_000
const OLDEST = 3_600_000

type Use = { readonly key: string; readonly address: string | null; count: number }
type Told = { readonly at: number; readonly event: EventInput }

/**
 * Sends uses and Events to the server each second. While it cannot be reached they wait, up to a bound.
 *
 * @param deps.now milliseconds since the epoch
 */
export function createReports(deps: { link: Link; now: () => number; onError: (error: unknown) => void }): Reports {
  const uses = new Map<string, Use>()
  const requests: Told[] = []
  let lost = 0
  // Told once, and again only after it went well.
  let failing = false
  let sending: Promise<void> = Promise.resolve()
  const timer = setInterval(() => void send(), SEND_EVERY)
  timer.unref()

  function count(key: string, address: string | null): void {
    const name = `${key} ${address}`
    const known = uses.get(name)
    if (known !== undefined) known.count++
    else if (uses.size < MOST_WAITING) uses.set(name, { key, address, count: 1 })
    else lost++
  }

  function record(event: EventInput): void {
    if (requests.length < MOST_WAITING) requests.push({ at: deps.now(), event })
    else lost++
  }

  function send(): Promise<void> {
    sending = sending.then(sendAll).then(
      () => {
        failing = false
      },
      (error: unknown) => {
        if (!failing) deps.onError(error)
        failing = true
      },
    )
    return sending
  }

  async function sendAll(): Promise<void> {
    while (uses.size > 0 || requests.length > 0) {
      const part = take()
      try {
        await deps.link.post('/v1/keys/uses', bodyOf(part, deps.now()))
      } catch (error) {
        if (isFinal(error)) lost += part.uses.length + part.requests.length
        else giveBack(part)
        throw error
      }
    }
    if (lost === 0) return
    const sentence = `${lost} uses or requests were not told to the server`
    lost = 0
    throw new Error(sentence)
  }

  type Part = { readonly uses: readonly Use[]; readonly requests: readonly Told[] }

  function take(): Part {
    const taken: Use[] = []
    for (const [name, use] of uses) {
      if (taken.length >= AT_ONCE) break
      const times = Math.min(use.count, MOST_COUNTED)
      taken.push({ ...use, count: times })
      use.count -= times
      if (use.count === 0) uses.delete(name)
    }
    return { uses: taken, requests: requests.splice(0, AT_ONCE) }
  }

  function giveBack(part: Part): void {
    for (const { key, address, count: times } of part.uses) {
      const known = uses.get(`${key} ${address}`)
      if (known === undefined) uses.set(`${key} ${address}`, { key, address, count: times })
      else known.count += times
    }
    requests.unshift(...part.requests)
  }

  return Object.freeze({
    count,
    record,
    stop: async () => {
      clearInterval(timer)
      await send()
    },
  })
}

function bodyOf(
  { uses, requests }: { readonly uses: readonly Use[]; readonly requests: readonly Told[] },
  now: number,
) {
  return { uses, requests: requests.map(({ at, event }) => requestOf(event, Math.min(Math.max(0, now - at), OLDEST))) }
}

function requestOf(event: EventInput, age: number) {
  const { type, code, principalKind, principal, credential, address, userAgent } = event
  const { method, route, resource, status, duration, bytesIn, bytesOut, requestId, details } = event
  const who = { principalKind, principal, credential, address, userAgent }
  const what = { method, route, resource, status, duration, bytesIn, bytesOut, requestId }
  const told = { code, ...who, ...what, stage: details?.stage, reason: details?.reason }
  return {
    type,
    age: Math.round(age),
    ...Object.fromEntries(Object.entries(told).map(([name, it]) => [name, it ?? null])),
  }
}
