import { Counter, collectDefaultMetrics, Histogram, Registry } from 'prom-client'

/** One finished request, wherever it was answered. `endpoint` is a route's id or template, never a raw path. */
export type RequestSample = {
  readonly method: string
  readonly endpoint: string
  readonly status: number
  readonly seconds: number
}

export type Metrics = {
  readonly request: (sample: RequestSample) => void
  readonly authFailure: (reason: string) => void
  readonly rateLimitHit: (endpoint: string) => void
  readonly auditDropped: (count: number) => void
  /** Prometheus text format. */
  readonly text: () => Promise<string>
  readonly contentType: string
}

const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])
const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5]

/** The process's metrics by the names of row P9. Label values come from bounded sets: nobody outside can add one. */
export function createMetrics(): Metrics {
  const registers = [new Registry()]
  const [registry] = registers as [Registry]
  collectDefaultMetrics({ register: registry })
  const requests = new Counter({
    name: 'api_requests_total',
    help: 'Requests answered.',
    labelNames: ['method', 'endpoint', 'status'],
    registers,
  })
  const latency = new Histogram({
    name: 'api_request_latency_seconds',
    help: 'Time from the request to the end of its answer.',
    labelNames: ['endpoint'],
    buckets: BUCKETS,
    registers,
  })
  const failures = new Counter({
    name: 'api_auth_failures_total',
    help: 'Requests whose credential was missing or refused.',
    labelNames: ['reason'],
    registers,
  })
  const hits = new Counter({
    name: 'api_rate_limit_hits_total',
    help: 'Requests refused by a limit.',
    labelNames: ['endpoint'],
    registers,
  })
  const dropped = new Counter({
    name: 'sallyport_audit_dropped_total',
    help: 'Access events that found the queue full.',
    registers,
  })

  // Looking a series up by its labels costs more than counting in it.
  const series = new Map<string, Counter.Internal>()
  const latencies = new Map<string, Histogram.Internal<'endpoint'>>()

  function seriesOf(method: string, endpoint: string, status: number): Counter.Internal {
    const name = `${status} ${method} ${endpoint}`
    const known = series.get(name)
    if (known !== undefined) return known
    const made = requests.labels({ method, endpoint, status })
    series.set(name, made)
    return made
  }

  function latencyOf(endpoint: string): Histogram.Internal<'endpoint'> {
    const known = latencies.get(endpoint)
    if (known !== undefined) return known
    const made = latency.labels({ endpoint })
    latencies.set(endpoint, made)
    return made
  }

  return Object.freeze({
    request: ({ method, endpoint, status, seconds }: RequestSample) => {
      seriesOf(METHODS.has(method) ? method : 'other', endpoint, status).inc()
      latencyOf(endpoint).observe(seconds)
    },
    authFailure: (reason: string) => failures.inc({ reason }),
    rateLimitHit: (endpoint: string) => hits.inc({ endpoint }),
    auditDropped: (count: number) => dropped.inc(count),
    text: () => registry.metrics(),
    contentType: registry.contentType,
  })
}
