import { createHash, randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { CALLBACK, EMAIL, PASSWORD, SECRET } from '../oauth.ts'
import { startPeer } from '../process.ts'
import { atLeast, type Figure, figure } from '../result.ts'

const ROUNDS = 7
const SECONDS = 3
const AT_ONCE = 16

/** A server under load: where it is, its clients, and the cookie of somebody who is signed in. */
type Server = {
  readonly url: string
  readonly paths: { readonly token: string; readonly introspect: string; readonly authorize: string }
  readonly service: string
  readonly web: string
  cookies: string
  /** From then on cookies stay as they are: requests at once would take each other's. */
  settled: boolean
  readonly agent: Agent
}

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
    [peer, await signedOn(peer)],
    [server, await signedOn(server)],
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

/** An authorization request of somebody who is signed in and agreed, and the code for tokens. @returns the access token */
async function signedOn(server: Server): Promise<string> {
  const verifier = randomBytes(32).toString('base64url')
  const query = new URLSearchParams({
    client_id: clientOf(server.web),
    response_type: 'code',
    redirect_uri: CALLBACK,
    scope: 'openid profile',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  })
  const callback = await follow(server, `${server.paths.authorize}?${query}`)
  const code = callback.searchParams.get('code') ?? ''
  const form = { grant_type: 'authorization_code', code, redirect_uri: CALLBACK, code_verifier: verifier }
  const answer = await post(server, server.paths.token, form, server.web)
  if (answer.status !== 200) throw new Error(`a code was answered ${answer.status}: ${answer.body}`)
  return JSON.parse(answer.body).access_token
}

async function follow(server: Server, from: string): Promise<URL> {
  let path = from
  for (let hop = 0; hop < 10; hop++) {
    const answer = await ask(server, 'GET', path, { cookie: server.cookies })
    keepCookies(server, answer.cookies)
    const next = new URL(answer.location ?? '', server.url)
    if (next.origin !== new URL(server.url).origin) return next
    if (answer.location === undefined) throw new Error(`${path} answered ${answer.status}: ${answer.body}`)
    path = next.pathname + next.search
  }
  throw new Error('more than ten redirects')
}

function keepCookies(server: Server, lines: readonly string[]): void {
  if (server.settled) return
  const held = new Map(server.cookies.split('; ').map((pair) => [pair.split('=', 1)[0], pair]))
  for (const line of lines) {
    const pair = line.split(';', 1)[0] ?? ''
    held.set(pair.split('=', 1)[0], pair)
  }
  server.cookies = [...held.values()].filter((pair) => pair !== '').join('; ')
}

async function signIn(server: Server): Promise<void> {
  const body = JSON.stringify({ email: EMAIL, password: PASSWORD })
  const headers = { 'content-type': 'application/json', origin: server.url }
  const answer = await ask(server, 'POST', '/v1/auth/login', headers, body)
  if (!answer.body.includes('"done"')) throw new Error(`a sign-in was answered ${answer.body}`)
  keepCookies(server, answer.cookies)
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

async function openServer(
  url: string,
  [token, introspect, authorize]: readonly [string, string, string],
  clients: { readonly service: string; readonly web: string },
): Promise<Server> {
  const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE })
  return { url, paths: { token, introspect, authorize }, ...clients, cookies: '', settled: false, agent }
}

const basic = (id: string, secret: string) =>
  `Basic ${Buffer.from(`${encodeURIComponent(id)}:${encodeURIComponent(secret)}`).toString('base64')}`

const clientOf = (header: string) => Buffer.from(header.slice(6), 'base64').toString().split(':', 1)[0] ?? ''

function post(server: Server, path: string, form: Readonly<Record<string, string>>, authorization: string) {
  const headers = { authorization, 'content-type': 'application/x-www-form-urlencoded' }
  return ask(server, 'POST', path, headers, new URLSearchParams(form).toString())
}

type Answer = {
  readonly status: number
  readonly body: string
  readonly location: string | undefined
  readonly cookies: readonly string[]
}

async function ask(
  server: Server,
  method: string,
  path: string,
  headers: Readonly<Record<string, string>>,
  body?: string,
): Promise<Answer> {
  const answer = await new Promise<import('node:http').IncomingMessage>((resolve, reject) => {
    const sent = request(new URL(path, server.url), { method, headers, agent: server.agent }, resolve)
    sent.on('error', reject)
    sent.end(body)
  })
  const came = await text(answer)
  const { location, 'set-cookie': cookies = [] } = answer.headers
  return { status: answer.statusCode ?? 0, body: came, location, cookies }
}
