import { Counter, type Metric, type Registry } from 'prom-client'

/** One finished request, wherever it was answered. `endpoint` is a route's id or template, never a raw path. */
export type RequestSample = {
  readonly method: string
  readonly endpoint: string
  readonly status: number
  readonly seconds: number
}

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'other']
const STATUSES = 600
const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5]

/** What one endpoint saw: how often by method and status, how often no slower than each bucket, seconds in all. */
type Tally = { readonly counts: Float64Array; readonly buckets: Float64Array; seconds: number }

/**
 * Counts requests and their time in plain numbers, which become series of the registry when somebody reads them:
 * finding a series by its labels for each request would cost more than all of counting.
 */
export function countRequests(registry: Registry): (sample: RequestSample) => void {
  const tallies = new Map<string, Tally>()
  const registers = [registry]
  new Counter({
    name: 'api_requests_total',
    help: 'Requests answered.',
    labelNames: ['method', 'endpoint', 'status'],
    registers,
    collect() {
      this.reset()
      for (const [endpoint, { counts }] of tallies) {
        counts.forEach((count, place) => {
          const method = METHODS[Math.floor(place / STATUSES)] as string
          if (count > 0) this.inc({ method, endpoint, status: place % STATUSES }, count)
        })
      }
    },
  })
  registry.registerMetric(latencies(tallies))

  return ({ method, endpoint, status, seconds }) => {
    let tally = tallies.get(endpoint)
    if (tally === undefined) {
      tally = newTally()
      tallies.set(endpoint, tally)
    }
    const known = METHODS.indexOf(method)
    const place = (known === -1 ? METHODS.length - 1 : known) * STATUSES + Math.min(status, STATUSES - 1)
    tally.counts[place] = (tally.counts[place] as number) + 1
    const bucket = BUCKETS.findIndex((bound) => seconds <= bound)
    const at = bucket === -1 ? BUCKETS.length : bucket
    tally.buckets[at] = (tally.buckets[at] as number) + 1
    tally.seconds += seconds
  }
}

function newTally(): Tally {
  return {
    counts: new Float64Array(METHODS.length * STATUSES),
    buckets: new Float64Array(BUCKETS.length + 1),
    seconds: 0,
  }
}

const LATENCY = 'api_request_latency_seconds'
type Line = { readonly metricName: string; readonly labels: Readonly<Record<string, string>>; readonly value: number }

/** The histogram of the time from a request to the end of its answer, as the registry reads one. */
function latencies(tallies: ReadonlyMap<string, Tally>): Metric<string> {
  const get = async () => ({
    name: LATENCY,
    help: 'Time from the request to the end of its answer.',
    type: 'histogram' as const,
    aggregator: 'sum' as const,
    values: [...tallies].flatMap(([endpoint, tally]) => linesOf(endpoint, tally)),
  })
  return { name: LATENCY, get } as unknown as Metric<string>
}

// Prometheus counts in each bucket what is in the narrower ones too.
function linesOf(endpoint: string, { buckets, seconds }: Tally): Line[] {
  let count = 0
  const lines = Array.from(buckets, (inside, i) => {
    count += inside
    return { metricName: `${LATENCY}_bucket`, labels: { endpoint, le: String(BUCKETS[i] ?? '+Inf') }, value: count }
  })
  return [
    ...lines,
    { metricName: `${LATENCY}_sum`, labels: { endpoint }, value: seconds },
    { metricName: `${LATENCY}_count`, labels: { endpoint }, value: count },
  ]
}
