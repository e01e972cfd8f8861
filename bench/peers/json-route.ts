// A bare Fastify route: a body by its schema in, an answer of the size of a verification by its schema out.
import Fastify from 'fastify'

const { PORT, ANSWER = '{}' } = process.env
const answer = JSON.parse(ANSWER)
const text = { type: 'string' } as const
const schema = {
  body: {
    type: 'object',
    required: ['key'],
    additionalProperties: false,
    properties: { key: text, ip: text, scopes: { type: 'array', items: text } },
  },
  response: { 200: { type: 'object', additionalProperties: true } },
} as const
const app = Fastify()
app.post('/v1/keys/verify', { schema }, async () => answer)
await app.listen({ host: '127.0.0.1', port: Number(PORT) })
process.stdout.write('ready\n')
