import type { EventInput } from '../../core/index.ts'
import { endpointName } from './endpoints.ts'
import {
  addDuration,
  addDurations,
  type Durations,
  type DurationsRecord,
  durationsOf,
  recordOfDurations,
} from './sketch.ts'
import { addTop, countIn, createTop, recordOfTop, type Top, type TopRecord, topOf } from './top.ts'

/** What happened with a key in a stretch of time. Two of them can be added. */
export type Traffic = {
  requests: number
  /** Answered with a status below 400. */
  succeeded: number
  /** Refused by us before anybody else saw them. */
  denied: number
  /** All others: an error of the upstream, or no answer. */
  failed: number
  /** Microseconds that all the requests whose duration is known took. */
  spent: number
  readonly durations: Durations
  readonly tops: Tops
}

export type Tops = Readonly<Record<TopName, Top>>
export type TopName = keyof typeof TOPS

/** What is counted by name, with the letter under which it is kept. */
const TOPS = { endpoints: 'e', addresses: 'a', countries: 'n', codes: 'c', keys: 'k' } as const
const TOP_NAMES = Object.keys(TOPS) as readonly TopName[]

/** How many names are kept of each: of one minute, and of what was added up. Keys are those of an organization. */
export const PLACES = { minute: 20, longer: 50, keys: 200 } as const

export function createTraffic(places: number): Traffic {
  const top = (name: TopName) => createTop(name === 'keys' ? PLACES.keys : places)
  return {
    requests: 0,
    succeeded: 0,
    denied: 0,
    failed: 0,
    spent: 0,
    durations: new Map(),
    tops: {
      endpoints: top('endpoints'),
      addresses: top('addresses'),
      countries: top('countries'),
      codes: top('codes'),
      keys: top('keys'),
    },
  }
}

/** Counts one finished request. */
export function addRequest(traffic: Traffic, event: EventInput, country: string | null): void {
  const { method = null, route = null, resource = null, address = null, code = null, duration = null } = event
  const { tops } = traffic
  traffic.requests++
  traffic[endOf(event)]++
  if (duration !== null && duration >= 0) {
    traffic.spent += Math.round(duration * 1000)
    addDuration(traffic.durations, duration)
  }
  if (method !== null || route !== null) countIn(tops.endpoints, endpointName(method, route, resource))
  if (address !== null) countIn(tops.addresses, address)
  if (country !== null) countIn(tops.countries, country)
  if (code !== null) countIn(tops.codes, code)
}

function endOf({ outcome, status = null }: EventInput): 'succeeded' | 'denied' | 'failed' {
  if (outcome === 'denied') return 'denied'
  return outcome === 'success' && (status === null || status < 400) ? 'succeeded' : 'failed'
}

export function addTraffic(to: Traffic, from: Traffic): void {
  to.requests += from.requests
  to.succeeded += from.succeeded
  to.denied += from.denied
  to.failed += from.failed
  to.spent += from.spent
  addDurations(to.durations, from.durations)
  for (const name of TOP_NAMES) addTop(to.tops[name], from.tops[name])
}

/** The part of a traffic that is kept as one text. */
export function detailOf({ durations, tops }: Traffic): string {
  const kept: Record<string, DurationsRecord | TopRecord> = {}
  if (durations.size > 0) kept.t = recordOfDurations(durations)
  for (const name of TOP_NAMES) if (tops[name].names.size > 0) kept[TOPS[name]] = recordOfTop(tops[name])
  return JSON.stringify(kept)
}

/** The numbers of a row, and its detail. */
export type TrafficRow = {
  readonly requests: number
  readonly succeeded: number
  readonly denied: number
  readonly failed: number
  readonly spent: number
  readonly detail: string
}

export function trafficOf(row: TrafficRow): Traffic {
  const { requests, succeeded, denied, failed, spent } = row
  const kept = JSON.parse(row.detail) as { t?: DurationsRecord } & Record<string, TopRecord | undefined>
  const top = (name: TopName) => topOf(kept[TOPS[name]], name === 'keys' ? PLACES.keys : PLACES.longer)
  return {
    requests,
    succeeded,
    denied,
    failed,
    spent,
    durations: durationsOf(kept.t),
    tops: {
      endpoints: top('endpoints'),
      addresses: top('addresses'),
      countries: top('countries'),
      codes: top('codes'),
      keys: top('keys'),
    },
  }
}
