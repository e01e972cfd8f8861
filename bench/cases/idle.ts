import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { residentMiB, startPeer } from '../process.ts'
import { atMost, type Figure, figure } from '../result.ts'

const CONNECTIONS = 10_000
const AT_ONCE = 100
const SETTLE_MS = 3_000

/** What callers cost who asked once and keep their connection. */
export async function benchIdle(): Promise<Figure[]> {
  const data = mkdtempSync(join(tmpdir(), 'sallyport-bench-'))
  const keyFile = join(data, 'key')
  const upstream = await startPeer('upstream', {}, '1')
  const ours = await startPeer('sallyport', { UPSTREAM: upstream.url, DATA: data, KEY_FILE: keyFile }, '0')
  const pid = ours.process.pid as number
  const sockets: Socket[] = []
  try {
    const before = await residentMiB(pid)
    const head = `GET /orders/1 HTTP/1.1\r\nhost: bench\r\nx-api-key: ${readFileSync(keyFile, 'utf8')}\r\n\r\n`
    while (sockets.length < CONNECTIONS) {
      const more = Array.from({ length: AT_ONCE }, () => askOnce(Number(new URL(ours.url).port), head))
      sockets.push(...(await Promise.all(more)))
    }
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MS))
    const open = sockets.filter(({ closed }) => !closed).length
    return [
      figure('idle connections, open', 'connections', [open]),
      figure('idle connections, resident memory of the process', 'MiB', [await residentMiB(pid)], atMost(400)),
      figure('idle connections, resident memory before them', 'MiB', [before]),
    ]
  } finally {
    for (const socket of sockets) socket.destroy()
    for (const peer of [ours, upstream]) await peer.stop()
    rmSync(data, { recursive: true, force: true })
  }
}

async function askOnce(port: number, head: string): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => undefined)
  socket.write(head)
  const [answer] = await once(socket, 'data')
  if (!String(answer).startsWith('HTTP/1.1 200')) throw new Error(String(answer).slice(0, 200))
  return socket
}
