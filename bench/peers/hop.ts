// The least that a hop in Node can be: node:http in, undici out, bodies streamed, nothing judged.
import { createServer } from 'node:http'
import { Pool } from 'undici'

const { PORT, UPSTREAM = '' } = process.env
const pool = new Pool(UPSTREAM, { connections: 64 })
createServer((request, response) => {
  const { method = 'GET', url = '/', headers } = request
  const hasBody = headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined
  const answer = pool.stream(
    { method, path: url, headers, body: hasBody ? request : null },
    ({ statusCode, headers: said }) => {
      response.writeHead(statusCode, said as Record<string, string>)
      return response
    },
  )
  // Whoever asked is gone, or the upstream is.
  answer.catch(() => response.destroy())
}).listen(Number(PORT), '127.0.0.1', () => process.stdout.write('ready\n'))
process.once('SIGTERM', () => process.exit(0))
