import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Load, load } from '../load.ts'
import { type Peer, startPeer } from '../process.ts'
import { atLeast, atMost, type Figure, figure } from '../result.ts'

const ROUNDS = 7
const SECONDS = 3
const CONNECTIONS = 64
const SERVER = '0'
const LOAD = '1'

/** `POST /v1/keys/verify` beside a bare Fastify route that takes such a body and gives such an answer. */
export async function benchVerify(): Promise<Figure[]> {
  const data = mkdtempSync(join(tmpdir(), 'sallyport-bench-'))
  const keyFile = join(data, 'keys')
  const ours = await startPeer('control', { DATA: data, KEY_FILE: keyFile }, SERVER)
  const [asks = '', key = ''] = readFileSync(keyFile, 'utf8').split('\n')
  const headers = { 'X-API-Key': asks }
  const body = { key, ip: '192.0.2.7', scopes: ['orders:read'] }
  const answer = await fetch(`${ours.url}/v1/keys/verify`, {
    method: 'POST',
    headers: { ...headers, 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  })
  const bare = await startPeer('json-route', { ANSWER: await answer.text() }, SERVER)
  const ask = ({ url }: Peer, seconds: number) =>
    load(`${url}/v1/keys/verify`, { seconds, connections: CONNECTIONS, headers, core: LOAD, body })
  try {
    const loads = { ours: [] as Load[], bare: [] as Load[] }
    for (const peer of [ours, bare]) await ask(peer, 2)
    for (let round = 0; round < ROUNDS; round++) {
      loads.ours.push(await ask(ours, SECONDS))
      loads.bare.push(await ask(bare, SECONDS))
    }
    const rates = (of: readonly Load[]) => of.map((it) => it.perSecond)
    const share = loads.ours.map((it, i) => (it.perSecond * 100) / (loads.bare[i] as Load).perSecond)
    const errors = [...loads.ours, ...loads.bare].map((it) => it.errors)
    return [
      figure('verify over HTTP, sallyport', 'requests/s', rates(loads.ours)),
      figure('verify over HTTP, bare Fastify JSON route', 'requests/s', rates(loads.bare)),
      figure('verify over HTTP, ours of the bare route', '%', share, atLeast(60)),
      figure('verify over HTTP, failed requests', 'requests', errors, atMost(0)),
    ]
  } finally {
    for (const peer of [ours, bare]) await peer.stop()
    rmSync(data, { recursive: true, force: true })
  }
}
