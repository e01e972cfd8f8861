import { Counter, collectDefaultMetrics, Registry } from 'prom-client'
import type { TargetFigures } from '../../gateway/index.ts'
import { countRequests, type RequestSample } from './request-metrics.ts'
import { countTargets } from './target-metrics.ts'

export type Metrics = {
  readonly request: (sample: RequestSample) => void
  readonly authFailure: (reason: string) => void
  readonly rateLimitHit: (endpoint: string) => void
  /** What was sent to the targets of upstreams, read when somebody asks. */
  readonly targets: (read: () => readonly TargetFigures[]) => void
  readonly auditDropped: (count: number) => void
  /** Prometheus text format. */
  readonly text: () => Promise<string>
  readonly contentType: string
}

/** The process's metrics by the names of row P9. Label values come from bounded sets: nobody outside can add one. */
export function createMetrics(): Metrics {
  const registers = [new Registry()]
  const [registry] = registers as [Registry]
  collectDefaultMetrics({ register: registry })
  const requests = countRequests(registry)
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

  return Object.freeze({
    request: requests,
    authFailure: (reason: string) => failures.inc({ reason }),
    rateLimitHit: (endpoint: string) => hits.inc({ endpoint }),
    targets: (read: () => readonly TargetFigures[]) => countTargets(registry, read),
    auditDropped: (count: number) => dropped.inc(count),
    text: () => registry.metrics(),
    contentType: registry.contentType,
  })
}
