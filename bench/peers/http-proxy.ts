// @fastify/http-proxy as its own documentation starts it: bare, or with its rate limit and a hook that checks a key.
import { createHash } from 'node:crypto'
import proxy from '@fastify/http-proxy'
import rateLimit from '@fastify/rate-limit'
import Fastify from 'fastify'

const { PORT, UPSTREAM = '', KEY, GUARDED } = process.env
const app = Fastify()
if (GUARDED === '1') {
  const known = new Set([
    createHash('sha256')
      .update(KEY ?? '')
      .digest('base64'),
  ])
  await app.register(rateLimit, {
    max: 1_000_000_000,
    timeWindow: 60_000,
    keyGenerator: (request) => String(request.headers['x-api-key']),
  })
  app.addHook('onRequest', async (request, reply) => {
    const key = request.headers['x-api-key']
    const digest = createHash('sha256')
      .update(typeof key === 'string' ? key : '')
      .digest('base64')
    if (!known.has(digest)) return reply.code(401).send({ error: 'unauthorized' })
  })
}
await app.register(proxy, { upstream: UPSTREAM })
await app.listen({ host: '127.0.0.1', port: Number(PORT) })
process.stdout.write('ready\n')
