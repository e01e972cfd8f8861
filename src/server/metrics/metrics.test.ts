import { expect, test } from 'vitest'
import { createMetrics } from './metrics.ts'

test('targets of upstreams are told as they are when somebody asks', async () => {
  const metrics = createMetrics()
  let requests = 3
  metrics.targets(() => [
    {
      upstream: 'orders',
      target: 'http://a:1',
      requests,
      failures: 2,
      retries: 1,
      inFlight: 4,
      isOpen: true,
      isHealthy: false,
    },
  ])
  requests = 5
  const lines = (await metrics.text()).split('\n').filter((line) => line.startsWith('sallyport_upstream'))
  const labels = '{upstream="orders",target="http://a:1"}'
  expect(lines).toEqual([
    `sallyport_upstream_requests_total${labels} 5`,
    `sallyport_upstream_failures_total${labels} 2`,
    `sallyport_upstream_retries_total${labels} 1`,
    `sallyport_upstream_in_flight${labels} 4`,
    `sallyport_upstream_breaker_open${labels} 1`,
    `sallyport_upstream_healthy${labels} 0`,
  ])
})
