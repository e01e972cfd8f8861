import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Load, load } from '../load.ts'
import { type Peer, startPeer } from '../process.ts'
import { type ProgramName, startProgram, versionOf } from '../programs.ts'
import { atLeast, atMost, type Figure, figure } from '../result.ts'

const ROUNDS = 5
const SECONDS = 4
const CONNECTIONS = 64
const PROGRAMS: readonly ProgramName[] = ['nginx', 'nginx auth_request', 'haproxy', 'caddy']

/** Which cores servers and load may use: one each, or both together as an ordinary machine schedules them. */
const SETUPS = [
  { name: 'one core', server: '0', load: '1' },
  { name: 'two shared cores', server: '0,1', load: '0,1' },
] as const
type Setup = (typeof SETUPS)[number]

/** `label` is the name with the version of a program. */
type Contender = {
  readonly name: string
  readonly label: string
  readonly url: string
  readonly many: Load[]
  readonly single: Load[]
}

/** What is claimed of our rate at 64 connections: over whom, and at least how much. */
const CLAIMS = [
  { over: 'http-proxy', least: 1.15 },
  { over: 'http-proxy, guarded', least: 1.3 },
  { over: 'caddy', least: 1.2 },
  { over: 'sallyport, no steps', least: 0.85 },
  { over: 'nginx auth_request', least: 0.8 },
] as const

/**
 * The gateway with a key, three limits, headers, CORS and Event beside other proxies, bare and guarded, in front of the same
 * upstream. Rounds alternate, and ratios are taken round by round.
 */
export async function benchGateway(): Promise<Figure[]> {
  const figures: Figure[] = []
  for (const setup of SETUPS) figures.push(...(await compare(setup)))
  return figures
}

async function compare(setup: Setup): Promise<Figure[]> {
  const data = mkdtempSync(join(tmpdir(), 'sallyport-bench-'))
  const peers: Peer[] = []
  const opened = async (peer: Promise<Peer>) => {
    peers.push(await peer)
    return (await peer).url
  }
  try {
    const { contenders, key } = await openAll(setup, data, opened)
    for (const one of contenders) await ask(one, setup, key, CONNECTIONS, 2)
    for (let round = 0; round < ROUNDS; round++) {
      for (const one of contenders) one.many.push(await ask(one, setup, key, CONNECTIONS, SECONDS))
      for (const one of contenders) one.single.push(await ask(one, setup, key, 1, 1))
    }
    return comparison(contenders, setup)
  } finally {
    for (const peer of peers.reverse()) await peer.stop()
    rmSync(data, { recursive: true, force: true })
  }
}

async function openAll(setup: Setup, data: string, opened: (peer: Promise<Peer>) => Promise<string>) {
  const keyFile = join(data, 'key')
  const upstream = await opened(startPeer('upstream', {}, setup.load))
  const ours = await opened(startPeer('sallyport', { UPSTREAM: upstream, DATA: data, KEY_FILE: keyFile }, setup.server))
  const key = readFileSync(keyFile, 'utf8')
  const keys = await opened(startPeer('key-service', { KEY: key }, setup.server))
  const env = { UPSTREAM: upstream, KEY: key }
  const found: [string, string][] = [
    ['sallyport', `${ours}/orders/1`],
    ['sallyport, no steps', `${ours}/open/1`],
    ['undici alone', await opened(startPeer('hop', env, setup.server))],
    ['http-proxy', await opened(startPeer('http-proxy', { ...env, GUARDED: '0' }, setup.server))],
    ['http-proxy, guarded', await opened(startPeer('http-proxy', { ...env, GUARDED: '1' }, setup.server))],
  ]
  const versions = new Map<string, string>()
  for (const name of PROGRAMS) {
    const version = await versionOf(name)
    versions.set(name, ` ${version}`)
    if (version === null) console.error(`left out: ${name} (apt-get install nginx-light haproxy caddy)`)
    else found.push([name, await opened(startProgram(name, upstream, keys, setup.server))])
  }
  const contenders = found.map(
    ([name, url]): Contender => ({
      name,
      label: name + (versions.get(name) ?? ''),
      url,
      many: [],
      single: [],
    }),
  )
  return { contenders, key }
}

function ask({ url }: Contender, setup: Setup, key: string, connections: number, seconds: number): Promise<Load> {
  const headers = { 'X-API-Key': key }
  const target = new URL(url).pathname === '/' ? `${url}/orders/1` : url
  return load(target, { seconds, connections, headers, core: setup.load })
}

function comparison(contenders: readonly Contender[], { name: setup }: Setup): Figure[] {
  const [ours] = contenders
  const over = CLAIMS.flatMap((claim) => {
    const other = contenders.find(({ name }) => name === claim.over)
    if (other === undefined || ours === undefined) return []
    const ratios = ours.many.map((it, i) => it.perSecond / (other.many[i] as Load).perSecond)
    return [figure(`gateway, ours over ${claim.over} (${setup})`, 'x', ratios, atLeast(claim.least))]
  })
  return [
    ...contenders.map(rateOf(setup)),
    ...over,
    ...contenders.map(latencyOf(setup)),
    ...oneConnection(contenders, setup),
    figure(
      `gateway, failed requests (${setup})`,
      'requests',
      contenders.flatMap(({ many }) => many.map((it) => it.errors)),
      atMost(0),
    ),
  ]
}

const rateOf =
  (setup: string) =>
  ({ label, many }: Contender) =>
    figure(
      `gateway, ${label} (${setup})`,
      'requests/s',
      many.map((it) => it.perSecond),
    )

const latencyOf =
  (setup: string) =>
  ({ label, many }: Contender) =>
    figure(
      `gateway p99, ${label} (${setup})`,
      'ms',
      many.map((it) => it.p99),
    )

/** What one caller waits for, with nothing else going on. */
function oneConnection(contenders: readonly Contender[], setup: string): Figure[] {
  const nginx = contenders.find(({ name }) => name === 'nginx')
  const [ours] = contenders
  const medians = contenders.map(({ label, single }) =>
    figure(
      `gateway p50 of one connection, ${label} (${setup})`,
      'ms',
      single.map((it) => it.p50),
    ),
  )
  if (nginx === undefined || ours === undefined) return medians
  const more = ours.single.map((it, i) => it.p50 - (nginx.single[i] as Load).p50)
  return [
    ...medians,
    figure(`gateway p50 of one connection, ours more than nginx (${setup})`, 'ms', more, atMost(0.05)),
  ]
}
