// The upstream of every gateway comparison: one small JSON answer, nothing else.
import { createServer } from 'node:http'

const body = JSON.stringify({
  items: Array.from({ length: 4 }, (_, i) => ({ id: `ord_${i}`, amount: 4900, status: 'open' })),
})
const head = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }
const server = createServer((request, response) => {
  request.resume()
  response.writeHead(200, head).end(body)
})
server.keepAliveTimeout = 120_000
server.listen(Number(process.env.PORT), '127.0.0.1', () => process.stdout.write('ready\n'))
