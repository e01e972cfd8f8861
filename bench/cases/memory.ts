import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { load } from '../load.ts'
import { type Peer, residentMiB, startPeer } from '../process.ts'
import { atMost, type Figure, figure } from '../result.ts'

const REQUESTS = 1_000_000
const SECONDS = 10
const CONNECTIONS = 64
const SERVER = '0'
const LOAD = '1'

/**
 * A million requests through the gateway. What is still reachable after a full collection says whether something grows;
 * resident memory also holds what the collector keeps ready, and is told as it is.
 */
export async function benchMemory(): Promise<Figure[]> {
  const data = mkdtempSync(join(tmpdir(), 'sallyport-bench-'))
  const keyFile = join(data, 'key')
  const upstream = await startPeer('upstream', {}, LOAD)
  const ours = await startPeer('sallyport', { UPSTREAM: upstream.url, DATA: data, KEY_FILE: keyFile }, SERVER)
  const headers = { 'X-API-Key': readFileSync(keyFile, 'utf8') }
  const live: number[] = []
  const resident: number[] = []
  try {
    for (let asked = 0; asked < REQUESTS; ) {
      const options = { seconds: SECONDS, connections: CONNECTIONS, headers, core: LOAD }
      asked += (await load(`${ours.url}/orders/1`, options)).perSecond * SECONDS
      resident.push(await residentMiB(ours.process.pid as number))
      live.push(await liveMiB(ours))
    }
    const growth = (live.at(-1) ?? Number.NaN) - (live[0] ?? Number.NaN)
    return [
      figure('gateway memory, live after a collection', 'MiB', live),
      figure('gateway memory, resident', 'MiB', resident),
      figure('gateway memory, growth of the live part over a million requests', 'MiB', [growth], atMost(50)),
    ]
  } finally {
    for (const peer of [ours, upstream]) await peer.stop()
    rmSync(data, { recursive: true, force: true })
  }
}

async function liveMiB(peer: Peer): Promise<number> {
  peer.process.send('collect')
  const [bytes] = await once(peer.process, 'message')
  return Number(bytes) / 2 ** 20
}
