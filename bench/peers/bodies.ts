// A gateway with two routes to the same upstream: one takes bodies as they come, the other holds them to a document.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { loadConfig } from '../../src/config/index.ts'
import { systemClock } from '../../src/core/index.ts'
import { serve } from '../../src/server/index.ts'

const { PORT, UPSTREAM = '', DATA = '' } = process.env
const line = {
  type: 'object',
  required: ['name'],
  properties: { name: { type: 'string', maxLength: 64 }, price: { type: 'number', minimum: 0 } },
}
const item = {
  type: 'object',
  required: ['id', 'amount'],
  properties: {
    id: { type: 'string', pattern: '^ord_[0-9]+$' },
    status: { enum: ['open', 'paid'] },
    customer: { type: 'object', properties: { id: { type: 'string' }, email: { type: 'string', format: 'email' } } },
    amount: { type: 'integer', minimum: 0 },
    lines: { type: 'array', items: line, maxItems: 100 },
    notes: { type: 'string', maxLength: 500 },
  },
}
const schema = { type: 'object', required: ['items'], properties: { items: { type: 'array', items: item } } }
const post = { requestBody: { required: true, content: { 'application/json': { schema } } }, responses: {} }
writeFileSync(join(DATA, 'orders.json'), JSON.stringify({ openapi: '3.1.0', paths: { '/checked': { post } } }))
const route = { upstream: 'orders', public: true } as const
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
      documents: { orders: { file: join(DATA, 'orders.json') } },
      routes: [
        { ...route, id: 'plain', match: { path: '/plain' } },
        { ...route, id: 'checked', match: { path: '/checked' }, input: { openapi: { document: 'orders' } } },
      ],
    },
  },
})
if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems))
const serving = await serve({ config: loaded.value, role: 'all', clock: systemClock })
process.stdout.write('ready\n')
process.once('SIGTERM', () => void serving.stop().then(() => process.exit(0)))
