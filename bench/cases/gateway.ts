import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Load, load } from '../load.ts'
import { type Peer, residentMiB, startPeer } from '../process.ts'
import { atLeast, atMost, type Figure, figure } from '../result.ts'

const ROUNDS = 5
const SECONDS = 5
const CONNECTIONS = 64
const SERVER_CORE = 0
const LOAD_CORE = 1
const REQUESTS_OF_THE_SOAK = 1_000_000

type Contender = { readonly name: string; readonly peer: Peer; readonly loads: Load[] }

/**
 * The gateway with key authentication, rate limit, headers and Event beside @fastify/http-proxy, bare and guarded. Each
 * server has one core to itself, load and upstream share the other; rounds alternate, and ratios are taken round by round.
 */
export async function benchGateway(): Promise<Figure[]> {
  const data = mkdtempSync(join(tmpdir(), 'sallyport-bench-'))
  const keyFile = join(data, 'key')
  const upstream = await startPeer('upstream', {}, LOAD_CORE)
  const ours = await startPeer('sallyport', { UPSTREAM: upstream.url, DATA: data, KEY_FILE: keyFile }, SERVER_CORE)
  const key = readFileSync(keyFile, 'utf8')
  const bare = await startPeer('http-proxy', { UPSTREAM: upstream.url, GUARDED: '0' }, SERVER_CORE)
  const guarded = await startPeer('http-proxy', { UPSTREAM: upstream.url, GUARDED: '1', KEY: key }, SERVER_CORE)
  const contenders = [ours, bare, guarded].map((peer, i) => ({
    name: ['sallyport', 'bare', 'guarded'][i] as string,
    peer,
    loads: [] as Load[],
  }))
  try {
    for (const contender of contenders) await ask(contender, key, 2)
    for (let round = 0; round < ROUNDS; round++) {
      for (const contender of contenders) contender.loads.push(await ask(contender, key, SECONDS))
    }
    return [...comparison(contenders), ...(await soak(contenders[0] as Contender, key))]
  } finally {
    for (const peer of [ours, bare, guarded, upstream]) await peer.stop()
    rmSync(data, { recursive: true, force: true })
  }
}

function ask({ peer }: Contender, key: string, seconds: number): Promise<Load> {
  return load(`${peer.url}/orders/1`, {
    seconds,
    connections: CONNECTIONS,
    headers: { 'X-API-Key': key },
    core: LOAD_CORE,
  })
}

function comparison(contenders: readonly Contender[]): Figure[] {
  const [ours = [], bare = [], guarded = []] = contenders.map(({ loads }) => loads)
  const ratio = (a: readonly Load[], b: readonly Load[], of: (it: Load) => number) =>
    a.map((it, i) => of(it) / of(b[i] as Load))
  const rate = (it: Load) => it.perSecond
  return [
    ...contenders.map(({ name, loads }) => figure(`gateway, ${name}`, 'requests/s', loads.map(rate))),
    figure('gateway, ours over bare http-proxy', 'x', ratio(ours, bare, rate), atLeast(1.1)),
    figure('gateway, ours over guarded http-proxy', 'x', ratio(ours, guarded, rate), atLeast(1.3)),
    ...contenders.map(({ name, loads }) =>
      figure(
        `gateway p99, ${name}`,
        'ms',
        loads.map((it) => it.p99),
      ),
    ),
    figure(
      'gateway p99, ours over bare http-proxy',
      'x',
      ratio(ours, bare, (it) => it.p99),
      atMost(1),
    ),
    figure(
      'gateway, failed requests',
      'requests',
      contenders.flatMap(({ loads }) => loads.map((it) => it.errors)),
      atMost(0),
    ),
  ]
}

/** A million more requests: memory after them beside memory after the warm-up of the comparison. */
async function soak(contender: Contender, key: string): Promise<Figure[]> {
  const { pid } = contender.peer.process
  if (pid === undefined) return []
  const before = await residentMiB(pid)
  let asked = 0
  const memory: number[] = []
  while (asked < REQUESTS_OF_THE_SOAK) {
    const { perSecond } = await ask(contender, key, 10)
    asked += perSecond * 10
    memory.push(await residentMiB(pid))
  }
  const growth = (memory.at(-1) ?? Number.NaN) - before
  return [
    figure('gateway memory during a million requests', 'MiB', memory),
    figure('gateway memory, growth over a million requests', 'MiB', [growth], atMost(50)),
  ]
}
