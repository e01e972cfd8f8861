import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SECRET } from '../oauth.ts'
import { AT_ONCE, basic, openServer, post, type Server, signedOn, signIn } from '../oauth-server.ts'
import { startPeer } from '../process.ts'
import { atLeast, type Figure, figure } from '../result.ts'

const ROUNDS = 7
const SECONDS = 3

/** The authorization server beside the library that it is built on, with that one's store in memory. */
export async function benchOauth(): Promise<Figure[]> {
  const data = mkdtempSync(join(tmpdir(), 'sallyport-bench-'))
  const keyFile = join(data, 'made')
  const bare = await startPeer('bare-provider', {}, '0')
  const ours = await startPeer('authorization-server', { DATA: data, KEY_FILE: keyFile }, '0')
  try {
    const [service = '', serviceSecret = '', web = '', webSecret = ''] = readFileSync(keyFile, 'utf8').split('\n')
    const peer = await openServer(bare.url, ['/token', '/token/introspection', '/auth'], {
      service: basic('service', SECRET),
      web: basic('web', SECRET),
    })
    const server = await openServer(ours.url, ['/oauth/token', '/oauth/introspect', '/oauth/authorize'], {
      service: basic(service, serviceSecret),
      web: basic(web, webSecret),
    })
    await signIn(server)
    for (const one of [peer, server]) {
      await signedOn(one)
      one.settled = true
    }
    return [
      ...(await compare('client-credentials JWTs (ES256)', 'tokens/s', 80, peer, server, clientCredentials)),
      ...(await compareIntrospections(peer, server)),
      ...(await compare('complete code flows with PKCE, signed on', 'flows/s', 70, peer, server, signedOn)),
    ]
  } finally {
    await Promise.all([bare.stop(), ours.stop()])
    rmSync(data, { recursive: true, force: true })
  }
}

async function compare(
  what: string,
  unit: string,
  promised: number,
  peer: Server,
  server: Server,
  work: (server: Server) => Promise<unknown>,
): Promise<Figure[]> {
  const rates = { bare: [] as number[], ours: [] as number[], share: [] as number[] }
  await Promise.all([rateOf(peer, work, 1), rateOf(server, work, 1)])
  for (let round = 0; round < ROUNDS; round++) {
    // Whoever comes first in a round comes second in the next.
    const order = round % 2 === 0 ? [peer, server] : [server, peer]
    const found = new Map<Server, number>()
    for (const one of order) found.set(one, await rateOf(one, work, SECONDS))
    const [bare, ours] = [found.get(peer) ?? 0, found.get(server) ?? 0]
    rates.bare.push(bare)
    rates.ours.push(ours)
    rates.share.push((ours * 100) / bare)
  }
  return [
    figure(`oauth, ${what}, the bare library in memory`, unit, rates.bare),
    figure(`oauth, ${what}`, unit, rates.ours),
    figure(`oauth, ${what}, of the bare library`, '%', rates.share, atLeast(promised)),
  ]
}

// An opaque token, since the library knows no others at its introspection endpoint.
async function compareIntrospections(peer: Server, server: Server): Promise<Figure[]> {
  const tokens = new Map([
    [peer, (await signedOn(peer)).access_token],
    [server, (await signedOn(server)).access_token],
  ])
  const introspect = async (one: Server) => {
    const answer = await post(one, one.paths.introspect, { token: tokens.get(one) ?? '' }, one.web)
    if (!answer.body.includes('"active":true')) throw new Error(`an introspection was answered ${answer.body}`)
  }
  return compare('introspections of an opaque token', 'answers/s', 80, peer, server, introspect)
}

async function clientCredentials(server: Server): Promise<void> {
  const form = { grant_type: 'client_credentials', scope: 'orders:read' }
  const answer = await post(server, server.paths.token, form, server.service)
  if (answer.status !== 200) throw new Error(`a token was answered ${answer.status}: ${answer.body}`)
}

async function rateOf(server: Server, work: (server: Server) => Promise<unknown>, seconds: number): Promise<number> {
  const start = performance.now()
  const end = start + seconds * 1000
  let done = 0
  const one = async () => {
    while (performance.now() < end) {
      await work(server)
      done++
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, one))
  return (done * 1000) / (performance.now() - start)
}
