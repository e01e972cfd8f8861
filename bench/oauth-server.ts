import { createHash, randomBytes } from 'node:crypto'
import { Agent, type IncomingMessage, request } from 'node:http'
import { text } from 'node:stream/consumers'
import { CALLBACK, EMAIL, PASSWORD } from './oauth.ts'

export const AT_ONCE = 16

/** A server under load: where it is, its clients, and the cookie of somebody who is signed in. */
export type Server = {
  readonly url: string
  readonly paths: { readonly token: string; readonly introspect: string; readonly authorize: string }
  readonly service: string
  readonly web: string
  cookies: string
  /** From then on cookies stay as they are: requests at once would take each other's. */
  settled: boolean
  readonly agent: Agent
}

export type Tokens = { readonly access_token: string; readonly refresh_token?: string }

/** An authorization request of somebody who is signed in and agreed, and the code for tokens. */
export async function signedOn(server: Server, scope = 'openid profile'): Promise<Tokens> {
  const verifier = randomBytes(32).toString('base64url')
  const query = new URLSearchParams({
    client_id: clientOf(server.web),
    response_type: 'code',
    redirect_uri: CALLBACK,
    scope,
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  })
  const callback = await follow(server, `${server.paths.authorize}?${query}`)
  const code = callback.searchParams.get('code') ?? ''
  const form = { grant_type: 'authorization_code', code, redirect_uri: CALLBACK, code_verifier: verifier }
  const answer = await post(server, server.paths.token, form, server.web)
  if (answer.status !== 200) throw new Error(`a code was answered ${answer.status}: ${answer.body}`)
  return JSON.parse(answer.body)
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

export async function signIn(server: Server): Promise<void> {
  const body = JSON.stringify({ email: EMAIL, password: PASSWORD })
  const headers = { 'content-type': 'application/json', origin: server.url }
  const answer = await ask(server, 'POST', '/v1/auth/login', headers, body)
  if (!answer.body.includes('"done"')) throw new Error(`a sign-in was answered ${answer.body}`)
  keepCookies(server, answer.cookies)
}

export async function openServer(
  url: string,
  [token, introspect, authorize]: readonly [string, string, string],
  clients: { readonly service: string; readonly web: string },
): Promise<Server> {
  const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE })
  return { url, paths: { token, introspect, authorize }, ...clients, cookies: '', settled: false, agent }
}

export const basic = (id: string, secret: string) =>
  `Basic ${Buffer.from(`${encodeURIComponent(id)}:${encodeURIComponent(secret)}`).toString('base64')}`

const clientOf = (header: string) => Buffer.from(header.slice(6), 'base64').toString().split(':', 1)[0] ?? ''

export function post(server: Server, path: string, form: Readonly<Record<string, string>>, authorization: string) {
  const headers = { authorization, 'content-type': 'application/x-www-form-urlencoded' }
  return ask(server, 'POST', path, headers, new URLSearchParams(form).toString())
}

type Answer = {
  readonly status: number
  readonly body: string
  readonly location: string | undefined
  readonly cookies: readonly string[]
}

export async function ask(
  server: Server,
  method: string,
  path: string,
  headers: Readonly<Record<string, string>>,
  body?: string,
): Promise<Answer> {
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    const sent = request(new URL(path, server.url), { method, headers, agent: server.agent }, resolve)
    sent.on('error', reject)
    sent.end(body)
  })
  const came = await text(answer)
  const { location, 'set-cookie': cookies = [] } = answer.headers
  return { status: answer.statusCode ?? 0, body: came, location, cookies }
}
