// What nginx asks by `auth_request`: a service that knows one key by its digest.
import { createHash } from 'node:crypto'
import { createServer } from 'node:http'

const { PORT, KEY = '' } = process.env
const digestOf = (key: unknown) =>
  createHash('sha256')
    .update(typeof key === 'string' ? key : '')
    .digest('base64')
const known = new Set([digestOf(KEY)])
const server = createServer(({ headers }, response) => {
  response.writeHead(known.has(digestOf(headers['x-api-key'])) ? 204 : 401).end()
})
server.keepAliveTimeout = 120_000
server.listen(Number(PORT), '127.0.0.1', () => process.stdout.write('ready\n'))
process.once('SIGTERM', () => process.exit(0))
