import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadConfig } from '../../src/config/index.ts'
import { parseAddress, systemClock } from '../../src/core/index.ts'
import { manyKeys, newKey } from '../key.ts'
import { atLeast, type Figure, figure } from '../result.ts'
import { openKeysForBench } from '../system.ts'

const ROUNDS = 7
const WARM_CALLS = 300_000
const COLD_KEYS = 20_000

/** Key verification inside the process: warm, warm with every rule set, and cold with one indexed read. */
export async function benchKeys(): Promise<Figure[]> {
  const data = mkdtempSync(join(tmpdir(), 'sallyport-bench-'))
  const loaded = await loadConfig({ cwd: data, env: {}, overrides: { data, keys: manyKeys } })
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems))
  const { system, caller } = await openKeysForBench(loaded.value, systemClock)
  const { keys } = system
  try {
    const plain = await make(newKey('plain'))
    const ruled = await make({
      ...newKey('ruled'),
      allowedIps: ['192.0.2.0/24', '2001:db8::/32'],
      allowedDomains: ['shop.example.com', '*.example.org'],
      resources: ['GET /orders/**'],
      rateLimits: [{ max: 1_000_000_000, per: 'minute' }],
      usageLimit: { max: 1_000_000_000_000, per: 'total', exact: false },
      permissions: ['orders:read'],
    })
    const use = {
      address: parseAddress('192.0.2.7'),
      domain: 'shop.example.com',
      method: 'GET',
      path: '/orders/1',
      scopes: ['orders:read'],
    }
    const warm = await rounds(() => warmRound(plain, { address: use.address }))
    const every = await rounds(() => warmRound(ruled, use))
    const cold = await coldRounds()
    return [
      figure('keys, verify warm', 'verifications/s', warm, atLeast(250_000)),
      figure('keys, verify warm with every rule', 'verifications/s', every),
      figure('keys, verify cold', 'verifications/s', cold, atLeast(20_000)),
    ]
  } finally {
    await system.stop()
    rmSync(data, { recursive: true, force: true })
  }

  async function make(key: Parameters<typeof keys.create>[0]): Promise<string> {
    const made = await keys.create(key, caller, null)
    if (!made.ok || made.value.secret === null) throw new Error(JSON.stringify(made))
    return made.value.secret.reveal()
  }

  async function warmRound(key: string, use: object): Promise<number> {
    const input = { key, ...use }
    const first = await keys.verify(input)
    if (!first.valid) throw new Error(first.code)
    const start = performance.now()
    for (let i = 0; i < WARM_CALLS; i++) {
      const answer = keys.verify(input)
      if (answer instanceof Promise || !answer.valid) throw new Error('not warm or not valid')
    }
    return (WARM_CALLS * 1000) / (performance.now() - start)
  }

  async function rounds(round: () => Promise<number>): Promise<number[]> {
    await round()
    const rates: number[] = []
    for (let i = 0; i < ROUNDS; i++) rates.push(await round())
    return rates
  }

  // Every key is verified for the first time in its life, with the store's pages warm.
  async function coldRounds(): Promise<number[]> {
    const rates: number[] = []
    for (let i = 0; i < 3; i++) {
      const texts: string[] = []
      while (texts.length < COLD_KEYS)
        texts.push(...(await Promise.all(Array.from({ length: 200 }, () => make(newKey('cold'))))))
      const start = performance.now()
      for (let at = 0; at < texts.length; at += 64) {
        const answers = await Promise.all(texts.slice(at, at + 64).map((key) => keys.verify({ key })))
        if (answers.some((answer) => !answer.valid)) throw new Error('a cold key was refused')
      }
      rates.push((COLD_KEYS * 1000) / (performance.now() - start))
    }
    return rates
  }
}
