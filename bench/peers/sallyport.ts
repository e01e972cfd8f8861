// Sallyport as `serve` runs it: control plane and gateway. One route with a key, three limits, headers, CORS and Event; one
// that everybody may use, with headers and Event alone.
import { writeFileSync } from 'node:fs'
import { loadConfig } from '../../src/config/index.ts'
import { systemClock } from '../../src/core/index.ts'
import { operator, serve } from '../../src/server/index.ts'
import { newKey } from '../key.ts'

const { PORT, UPSTREAM = '', DATA = '', KEY_FILE } = process.env
const loaded = await loadConfig({
  cwd: DATA,
  env: {},
  overrides: {
    data: DATA,
    control: { port: 0 },
    log: { level: 'error' },
    gateway: {
      port: Number(PORT),
      upstreams: { orders: { targets: [UPSTREAM] } },
      routes: [
        {
          id: 'orders',
          match: { path: '/orders/**' },
          upstream: 'orders',
          authenticate: ['apiKey'],
          require: { level: 'known' },
          limits: (['minute', 'hour', 'day'] as const).map((per) => ({ by: 'key', max: 1_000_000_000, per })),
          cors: { origins: ['https://app.example.com'] },
        },
        {
          id: 'open',
          match: { path: '/open/**' },
          upstream: 'orders',
          public: true,
          limits: [],
        },
      ],
    },
  },
})
if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems))
const serving = await serve({ config: loaded.value, role: 'all', clock: systemClock })
if (KEY_FILE !== undefined) {
  const caller = { principal: operator, address: null, userAgent: null, requestId: null }
  const made = await serving.system.keys.create(newKey('bench'), caller, null)
  if (!made.ok || made.value.secret === null) throw new Error('no key')
  writeFileSync(KEY_FILE, made.value.secret.reveal())
}
process.stdout.write('ready\n')
process.on('message', () => {
  globalThis.gc?.()
  process.send?.(process.memoryUsage().heapUsed)
})
process.once('SIGTERM', () => void serving.stop().then(() => process.exit(0)))
