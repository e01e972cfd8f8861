import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadConfig } from '../../src/config/index.ts'
import { systemClock } from '../../src/core/index.ts'
import { atLeast, type Figure, figure } from '../result.ts'
import { openKeysForBench } from '../system.ts'

const ROUNDS = 5
const WRITERS = 64
const EACH = 500

/** Durable Events: each writer waits until its event is on disk before it writes the next. Then all are verified. */
export async function benchEvents(): Promise<Figure[]> {
  const data = mkdtempSync(join(tmpdir(), 'sallyport-bench-'))
  const loaded = await loadConfig({ cwd: data, env: {}, overrides: { data } })
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems))
  const { system } = await openKeysForBench(loaded.value, systemClock)
  try {
    const rates: number[] = []
    for (let round = 0; round <= ROUNDS; round++) {
      const start = performance.now()
      await Promise.all(Array.from({ length: WRITERS }, () => writer()))
      if (round > 0) rates.push((WRITERS * EACH * 1000) / (performance.now() - start))
    }
    const verified = await verifyRate()
    return [
      figure('events, durable from 64 writers', 'events/s', rates, atLeast(20_000)),
      figure('events, audit verify', 'events/s', [verified]),
    ]
  } finally {
    await system.stop()
    rmSync(data, { recursive: true, force: true })
  }

  async function writer(): Promise<void> {
    for (let i = 0; i < EACH; i++) {
      await system.audit.commit({
        type: 'request.allowed',
        outcome: 'success',
        principalKind: 'service',
        principal: 'svc_1hq3v0c9kd5m7w2x8p4t6r1a',
        credential: 'key_1hq3v0c9kd5m7w2x8p4t6r1a',
        organization: 'org_default',
        address: '192.0.2.7',
        userAgent: 'bench/1.0',
        method: 'GET',
        route: 'orders',
        resource: '/orders/42',
        status: 200,
        duration: 1.25,
        bytesIn: 0,
        bytesOut: 220,
        requestId: 'req_1hq3v0c9kd5m7w2x8p4t6r1a',
      })
    }
  }

  async function verifyRate(): Promise<number> {
    const start = performance.now()
    const verification = await system.audit.verify()
    if (!verification.ok) throw new Error(JSON.stringify(verification))
    return (verification.events * 1000) / (performance.now() - start)
  }
}
