import { type Endpoint, endpointOf } from './endpoints.ts'
import { countOf, percentiles } from './sketch.ts'
import { type Ranked, ranking } from './top.ts'
import type { Traffic } from './traffic.ts'

/** What a stretch of traffic comes to. Shares are from 0 to 1; times are milliseconds; null when there was nothing. */
export type Figures = {
  readonly requests: number
  readonly succeeded: number
  readonly denied: number
  readonly failed: number
  readonly successRate: number | null
  readonly errorRate: number | null
  readonly averageMs: number | null
  readonly p50Ms: number | null
  readonly p95Ms: number | null
  readonly p99Ms: number | null
}

const PERCENTILES = [0.5, 0.95, 0.99] as const

export function figuresOf(traffic: Traffic): Figures {
  const { requests, succeeded, denied, failed, spent, durations } = traffic
  const timed = countOf(durations)
  const [p50 = null, p95 = null, p99 = null] = percentiles(durations, PERCENTILES)
  return {
    requests,
    succeeded,
    denied,
    failed,
    successRate: requests === 0 ? null : succeeded / requests,
    errorRate: requests === 0 ? null : (requests - succeeded) / requests,
    averageMs: timed === 0 ? null : rounded(spent / timed / 1000),
    p50Ms: rounded(p50),
    p95Ms: rounded(p95),
    p99Ms: rounded(p99),
  }
}

function rounded(ms: number | null): number | null {
  return ms === null ? null : Math.round(ms * 1000) / 1000
}

type Count = Omit<Ranked, 'name'>

/** What came most, most first. `requests` is certain; up to `margin` more may have been. */
export type Leaders = {
  readonly endpoints: readonly (Endpoint & Count)[]
  readonly addresses: readonly ({ readonly address: string } & Count)[]
  readonly countries: readonly ({ readonly country: string } & Count)[]
  readonly codes: readonly ({ readonly code: string } & Count)[]
}

const MOST_ENDPOINTS = 10
const MOST_OTHERS = 50

export function leadersOf({ tops }: Traffic): Leaders {
  return {
    endpoints: ranking(tops.endpoints, MOST_ENDPOINTS).map(({ name, ...count }) => ({ ...endpointOf(name), ...count })),
    addresses: ranking(tops.addresses, MOST_OTHERS).map(({ name, ...count }) => ({ address: name, ...count })),
    countries: ranking(tops.countries, MOST_OTHERS).map(({ name, ...count }) => ({ country: name, ...count })),
    codes: ranking(tops.codes, MOST_OTHERS).map(({ name, ...count }) => ({ code: name, ...count })),
  }
}
