import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Load, load } from '../load.ts'
import { type Peer, startPeer } from '../process.ts'
import { atLeast, atMost, type Figure, figure } from '../result.ts'

const ROUNDS = 5
const SECONDS = 4
const CONNECTIONS = 64

/** Which cores servers and load may use: one each, or both together as an ordinary machine schedules them. */
const SETUPS = [
  { name: 'one core', server: '0', load: '1' },
  { name: 'two shared cores', server: '0,1', load: '0,1' },
] as const
type Setup = (typeof SETUPS)[number]

type Contender = { readonly name: string; readonly peer: Peer; readonly loads: Load[] }

/**
 * The gateway with key authentication, rate limit, headers and Event beside @fastify/http-proxy, bare and guarded, in
 * front of the same upstream. Rounds alternate, and ratios are taken round by round.
 */
export async function benchGateway(): Promise<Figure[]> {
  const figures: Figure[] = []
  for (const setup of SETUPS) figures.push(...(await compare(setup)))
  return figures
}

async function compare(setup: Setup): Promise<Figure[]> {
  const data = mkdtempSync(join(tmpdir(), 'sallyport-bench-'))
  const keyFile = join(data, 'key')
  const upstream = await startPeer('upstream', {}, setup.load)
  const ours = await startPeer('sallyport', { UPSTREAM: upstream.url, DATA: data, KEY_FILE: keyFile }, setup.server)
  const key = readFileSync(keyFile, 'utf8')
  const bare = await startPeer('http-proxy', { UPSTREAM: upstream.url, GUARDED: '0' }, setup.server)
  const guarded = await startPeer('http-proxy', { UPSTREAM: upstream.url, GUARDED: '1', KEY: key }, setup.server)
  const contenders = [
    { name: 'sallyport', peer: ours, loads: [] as Load[] },
    { name: 'bare', peer: bare, loads: [] as Load[] },
    { name: 'guarded', peer: guarded, loads: [] as Load[] },
  ]
  const ask = (contender: Contender, seconds: number) => askOne(contender, setup, key, seconds)
  try {
    for (const contender of contenders) await ask(contender, 2)
    for (let round = 0; round < ROUNDS; round++) {
      for (const contender of contenders) contender.loads.push(await ask(contender, SECONDS))
    }
    return comparison(contenders, setup)
  } finally {
    for (const peer of [ours, bare, guarded, upstream]) await peer.stop()
    rmSync(data, { recursive: true, force: true })
  }
}

function askOne({ peer }: Contender, setup: Setup, key: string, seconds: number): Promise<Load> {
  const headers = { 'X-API-Key': key }
  return load(`${peer.url}/orders/1`, { seconds, connections: CONNECTIONS, headers, core: setup.load })
}

function comparison(contenders: readonly Contender[], setup: Setup): Figure[] {
  const on = `(${setup.name})`
  const [ours = [], bare = [], guarded = []] = contenders.map(({ loads }) => loads)
  const ratio = (a: readonly Load[], b: readonly Load[], of: (it: Load) => number) =>
    a.map((it, i) => of(it) / of(b[i] as Load))
  const rate = (it: Load) => it.perSecond
  return [
    ...contenders.map(({ name, loads }) => figure(`gateway, ${name} ${on}`, 'requests/s', loads.map(rate))),
    figure(`gateway, ours over bare http-proxy ${on}`, 'x', ratio(ours, bare, rate), atLeast(1.1)),
    figure(`gateway, ours over guarded http-proxy ${on}`, 'x', ratio(ours, guarded, rate), atLeast(1.3)),
    ...contenders.map(({ name, loads }) =>
      figure(
        `gateway p99, ${name} ${on}`,
        'ms',
        loads.map((it) => it.p99),
      ),
    ),
    figure(
      `gateway p99, ours over bare http-proxy ${on}`,
      'x',
      ratio(ours, bare, (it) => it.p99),
      atMost(1),
    ),
    figure(
      `gateway, failed requests ${on}`,
      'requests',
      contenders.flatMap(({ loads }) => loads.map((it) => it.errors)),
      atMost(0),
    ),
  ]
}
