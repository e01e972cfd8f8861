import { Counter, Gauge, type Registry } from 'prom-client'
import type { TargetFigures } from '../../gateway/index.ts'

type Reading = readonly [name: string, help: string, of: (sample: TargetFigures) => number]

const COUNTERS: readonly Reading[] = [
  ['sallyport_upstream_requests_total', 'Requests sent to a target, repeated ones included.', (it) => it.requests],
  [
    'sallyport_upstream_failures_total',
    'Requests that a target did not answer, or with 500 and up.',
    (it) => it.failures,
  ],
  ['sallyport_upstream_retries_total', 'Requests sent to a target after they had failed.', (it) => it.retries],
]

const GAUGES: readonly Reading[] = [
  ['sallyport_upstream_in_flight', 'Requests under way at a target.', (it) => it.inFlight],
  [
    'sallyport_upstream_breaker_open',
    '1 while the circuit breaker of a target is open or half open.',
    (it) => Number(it.isOpen),
  ],
  ['sallyport_upstream_healthy', '0 while a target fails its health checks.', (it) => Number(it.isHealthy)],
]

/** Adds the targets to the registry: their numbers are read where they are kept, when somebody asks for them. */
export function countTargets(registry: Registry, read: () => readonly TargetFigures[]): void {
  const registers = [registry]
  const labelNames = ['upstream', 'target']
  for (const [name, help, of] of COUNTERS) {
    new Counter({
      name,
      help,
      labelNames,
      registers,
      collect() {
        this.reset()
        for (const sample of read()) this.inc({ upstream: sample.upstream, target: sample.target }, of(sample))
      },
    })
  }
  for (const [name, help, of] of GAUGES) {
    new Gauge({
      name,
      help,
      labelNames,
      registers,
      collect() {
        this.reset()
        for (const sample of read()) this.set({ upstream: sample.upstream, target: sample.target }, of(sample))
      },
    })
  }
}
