import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { AT_ONCE, ask, basic, openServer, post, type Server, signedOn, signIn } from '../oauth-server.ts'
import { freePort, startPeer } from '../process.ts'
import { atMost, type Figure, figure } from '../result.ts'

const REAL = 1000
const MANY = 1_000_000
const EXPIRED = 100_000
const ROUNDS = 5
const EACH_ROUND = 400
const IDLE_MS = 5_000

/** Refreshing among a million live refresh tokens beside a thousand, and how long the sweep of old ones holds the process. */
export async function benchRefresh(): Promise<Figure[]> {
  const place = mkdtempSync(join(tmpdir(), 'sallyport-bench-'))
  const [small, large] = [join(place, 'small'), join(place, 'large')]
  const port = String(await freePort())
  try {
    mkdirSync(small)
    const tokens = await makeTokens(small, port)
    cpSync(small, large, { recursive: true })
    multiply(join(large, 'sallyport.db'))
    const figures = await compareRefreshes({ small, large, port, tokens })
    return [...figures, ...(await sweepFigures(large, port))]
  } finally {
    rmSync(place, { recursive: true, force: true })
  }
}

// One issuer for all: tokens are bound to it, and only one of the servers runs at a time.
async function open(data: string, port: string) {
  const peer = await startPeer('authorization-server', { DATA: data, KEY_FILE: join(data, 'made') }, '0', port)
  const [service = '', serviceSecret = '', web = '', webSecret = ''] = readFileSync(join(data, 'made'), 'utf8').split(
    '\n',
  )
  const clients = { service: basic(service, serviceSecret), web: basic(web, webSecret) }
  const server = await openServer(peer.url, ['/oauth/token', '/oauth/introspect', '/oauth/authorize'], clients)
  return { peer, server, stop: peer.stop }
}

async function makeTokens(data: string, port: string): Promise<readonly string[]> {
  const { server, stop } = await open(data, port)
  try {
    await signIn(server)
    await signedOn(server)
    server.settled = true
    const made: string[] = []
    await eachAtOnce(Array.from({ length: REAL }), async () => {
      made.push((await signedOn(server)).refresh_token ?? '')
    })
    return made
  } finally {
    await stop()
  }
}

type Places = {
  readonly small: string
  readonly large: string
  readonly port: string
  readonly tokens: readonly string[]
}

async function compareRefreshes({ small, large, port, tokens }: Places): Promise<Figure[]> {
  const [few, many] = [contender(small, tokens), contender(large, tokens)]
  for (let round = 0; round < ROUNDS; round++) {
    for (const store of round % 2 === 0 ? [few, many] : [many, few]) {
      const { server, stop } = await open(store.data, port)
      store.rates.push(await refreshRate(server, store.live))
      await stop()
    }
  }
  const slower = few.rates.map((rate, at) => rate / (many.rates[at] ?? Number.NaN))
  return [
    figure('a thousand refresh tokens, refreshes', 'refreshes/s', few.rates),
    figure('a million refresh tokens, refreshes', 'refreshes/s', many.rates),
    figure('a million refresh tokens, slower than with a thousand', 'x', slower, atMost(2)),
  ]
}

function contender(data: string, tokens: readonly string[]) {
  const rates: number[] = []
  return { data, rates, live: [...tokens] }
}

async function refreshRate(server: Server, live: string[]): Promise<number> {
  const mine = live.splice(0, EACH_ROUND)
  const start = performance.now()
  await eachAtOnce(mine, async (token) => {
    const form = { grant_type: 'refresh_token', refresh_token: token }
    const answer = await post(server, server.paths.token, form, server.web)
    if (answer.status !== 200) throw new Error(`a refresh was answered ${answer.status}: ${answer.body}`)
    live.push(JSON.parse(answer.body).refresh_token)
  })
  return (mine.length * 1000) / (performance.now() - start)
}

async function eachAtOnce<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const left = [...items]
  const one = async () => {
    while (left.length > 0) await work(left.shift() as T)
  }
  await Promise.all(Array.from({ length: AT_ONCE }, one))
}

// The table itself is multiplied: making a million of them one by one would measure making them.
function multiply(file: string): void {
  const database = new DatabaseSync(file)
  const names = database
    .prepare(`select name from pragma_table_info('oauth_entity')`)
    .all()
    .map(({ name }) => String(name))
  const copy = (count: number, changed: Readonly<Record<string, string>>) =>
    database.exec(`
      with recursive number(n) as (select 1 union all select n + 1 from number where n < ${count})
      insert into oauth_entity (${names.join(', ')})
      select ${names.map((name) => changed[name] ?? `template.${name}`).join(', ')}
      from number, (select * from oauth_entity where model = 'RefreshToken' limit 1) as template`)
  const own = { digest: 'randomblob(32)', grant_digest: 'randomblob(32)', session_uid: 'randomblob(32)' }
  copy(MANY, own)
  // Expired an hour ago, so that the sweep finds them.
  copy(EXPIRED, { ...own, expires_at: String(Date.now() - 3_600_000) })
  database.exec('analyze')
  database.close()
}

// What a request waits while the server deletes what is old, beside what it waits when there is nothing to delete.
async function sweepFigures(data: string, port: string): Promise<Figure[]> {
  const { peer, server, stop } = await open(data, port)
  try {
    const before = await waits(server, new Promise((resolve) => setTimeout(resolve, IDLE_MS)))
    const swept = new Promise<number[]>((resolve) =>
      peer.process.once('message', (steps) => resolve(steps as number[])),
    )
    peer.process.send('sweep')
    const during = await waits(server, swept)
    return [
      figure('sweep of 100,000 old tokens among a million, a step', 'ms', await swept),
      figure('a request while nothing is swept', 'ms', before),
      figure('a request during the sweep', 'ms', during),
      figure('a request during the sweep, the longest', 'ms', [Math.max(...during)], atMost(20)),
    ]
  } finally {
    await stop()
  }
}

async function waits(server: Server, until: Promise<unknown>): Promise<number[]> {
  const found: number[] = []
  let going = true
  void until.then(() => {
    going = false
  })
  while (going) {
    const start = performance.now()
    await ask(server, 'GET', '/version', {})
    found.push(performance.now() - start)
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
  return found
}
