import { writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { createSallyport } from '../../src/index.ts'
import type { GateOptions } from '../../src/node.ts'
import type { World } from './backends.ts'
import { type Control, openControl } from './control.ts'
import { ASKED, type Door, echo, listen, stop } from './doors/api.ts'
import { openExpress } from './doors/express.ts'
import { openFastify } from './doors/fastify.ts'
import { openHono } from './doors/hono.ts'
import { openKoa } from './doors/koa.ts'
import { openNest } from './doors/nest.ts'
import { openNext } from './doors/next.ts'
import { openNode } from './doors/node.ts'

export type { Door, Echo } from './doors/api.ts'

/** The routes of the small API, as the gateway has them. What is under /slow never answers. */
const ROUTES = `
access:
  properties:
    papers:
      audiences:
        public: { readable: [id, title, tags], writable: [title, "tags[]"] }
        editors: { permission: papers:edit, writable: [state] }
gateway:
  trustedProxies: [127.0.0.0/8]
  documents: { described: { file: "DESCRIBED" } }
  upstreams:
    api: { targets: ["UPSTREAM"] }
  routes:
    - { id: plain, match: { path: /plain/** }, upstream: api, authenticate: [apiKey], require: { level: known } }
    - { id: slow, match: { path: /slow }, upstream: api, authenticate: [apiKey], require: { level: known } }
    - { id: scoped, match: { path: /scoped }, upstream: api, authenticate: [apiKey], require: { scopes: ["orders:write"] } }
    - { id: permitted, match: { path: /permitted }, upstream: api, authenticate: [apiKey], require: { permissions: ["keys:read"] } }
    - id: limited
      match: { path: /limited }
      upstream: api
      authenticate: [apiKey]
      require: { level: known }
      limits: [{ by: key, max: 1, per: hour, burst: 1 }]
    - { id: papers, match: { path: "/papers/{id}", methods: [PUT] }, upstream: api, authenticate: [apiKey], require: { level: known }, input: { properties: papers } }
    - { id: stripped, match: { path: "/stripped/{id}", methods: [PUT] }, upstream: api, authenticate: [apiKey], require: { level: known }, input: { properties: papers, outside: strip } }
    - { id: shaped, match: { path: "/shaped/{id}", methods: [PUT] }, upstream: api, authenticate: [apiKey], require: { level: known }, input: { maxBody: 2kb, json: { depth: 3 }, inflate: {}, query: { count: 2 } } }
    - { id: described, match: { path: "/described/{id}", methods: [PUT] }, upstream: api, authenticate: [apiKey], require: { level: known }, input: { openapi: { document: described } } }
    - { id: graphql, match: { path: /graphql }, upstream: api, authenticate: [apiKey], require: { level: known }, input: { graphql: { depth: 3 } } }
    - { id: browsers, match: { path: /browsers }, upstream: api, authenticate: [apiKey], require: { level: known }, cors: { origins: ["https://app.example.com"], credentials: true } }
    - { id: viewed, match: { path: "/documents/{id}" }, upstream: api, authenticate: [apiKey], require: { relation: { relation: viewer, type: document, name: id } } }
    - { id: told, match: { path: "/told/{id}" }, upstream: api, authenticate: [apiKey], require: { relation: { relation: viewer, type: document, name: id, otherwise: "403" } } }
    - { id: searched, match: { path: /search }, upstream: api, authenticate: [apiKey], require: { relation: { relation: viewer, type: document, from: query, name: document } } }
    - { id: unknown, match: { path: "/unknown/{id}" }, upstream: api, authenticate: [apiKey], require: { relation: { relation: nobody, type: document, name: id } } }
    - { id: read, match: { path: "/orders/{id}" }, upstream: api, authenticate: [apiKey], require: { policy: { action: read, type: order, name: id } } }
    - { id: listed, match: { path: /orders }, upstream: api, authenticate: [apiKey], require: { policy: { action: list, type: order, name: null, otherwise: "404" } } }
`

/** A server with its gateway before the small API, and all of it one configuration. */
export async function openGuarded(world: World, env: Record<string, string> = {}) {
  const upstream = createServer((incoming, response) => {
    if (incoming.url === '/slow') return
    if (incoming.method === 'PUT' || (incoming.method === 'POST' && incoming.url === '/graphql'))
      return void answerBody(incoming, response)
    if (/^\/(browsers|documents|told|search|unknown|orders)/.test(incoming.url ?? '')) return void response.end('it')
    incoming.resume().on('end', () => response.end(echo(incoming, incoming.headers['x-principal-id'])))
  })
  const origin = await listen(upstream)
  await writeFile(
    join(world.dataDir, 'sallyport.yaml'),
    ROUTES.replace('UPSTREAM', origin).replace('DESCRIBED', ASKED.described.document),
  )
  const control = await openControl(world, { role: 'all', env })
  return {
    control,
    gateway: { name: 'gateway', url: control.serving.gateway ?? '', close: async () => undefined } satisfies Door,
    close: async () => {
      await control.stop()
      await stop(upstream)
    },
  }
}

// What came through is answered as it was understood.
async function answerBody(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = Buffer.concat(await incoming.toArray()).toString()
  response.end(body === '' ? 'nothing' : JSON.stringify(JSON.parse(body)))
}

/** A system of its own on the same store, as an application has it. */
export function embedded(control: Control) {
  const { config } = control.serving.system
  const { database, redis, master, data, gateway, access, issuer, oauth } = config
  return createSallyport({
    config: {
      data,
      database: { url: database.url.reveal() },
      redis: { url: redis.url?.reveal() ?? null, prefix: redis.prefix },
      master: { ...master, key: master.key?.reveal() ?? null, passphrase: master.passphrase?.reveal() ?? null },
      gateway: { trustedProxies: [...gateway.trustedProxies] },
      issuer,
      oauth: { resources: oauth.resources },
      access: { properties: access.properties },
      log: { level: 'fatal' },
    } as never,
  })
}

/** The small API behind each framework's guards. */
export async function openDoors(kind: string, options: GateOptions): Promise<readonly Door[]> {
  const frameworks = [openExpress, openFastify, openNode, openHono, openKoa, openNest, openNext]
  return Promise.all(frameworks.map((open) => open(kind, options)))
}

/** What came back, as it was on the wire. */
export type Wire = {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** A request as it stands: no library tidies it. Headers are names and values in turn. */
export type Asked = {
  readonly method?: string
  readonly path: string
  readonly headers?: readonly string[]
  readonly body?: string | Buffer
  /** Without a length. */
  readonly chunked?: boolean
  /** What browsers are told is part of what came back. */
  readonly browsers?: boolean
}

// What the gateway tells browsers with every answer. An application tells them what it wants to.
const BROWSERS = ['content-security-policy', 'cross-origin-resource-policy', 'x-frame-options', 'referrer-policy']

// What concerns the connection and the moment, and not the answer.
const ASIDE = ['connection', 'date', 'keep-alive', 'transfer-encoding']

/** Asks over a connection of its own. */
export function ask(
  door: Pick<Door, 'url'>,
  { method = 'GET', path, headers = [], body, chunked, browsers = false }: Asked,
): Promise<Wire> {
  const { hostname, port, host } = new URL(door.url)
  const length = body === undefined || chunked === true ? [] : ['content-length', String(Buffer.byteLength(body))]
  return new Promise((resolve, reject) => {
    const lines = ['host', host, ...headers, ...length]
    const sent = request({ hostname, port, method, path, headers: lines, agent: false }, (answer) => {
      const pieces: Buffer[] = []
      answer.on('data', (piece: Buffer) => pieces.push(piece))
      answer.on('error', reject)
      answer.on('end', () => {
        const isAside = (name: string) => ASIDE.includes(name) || (!browsers && BROWSERS.includes(name))
        const fields = Object.entries(answer.headersDistinct).filter(([name]) => !isAside(name))
        const flat = fields.map(([name, values]) => [name, (values ?? []).join(' | ')])
        const text = Buffer.concat(pieces).toString()
        resolve({ status: answer.statusCode ?? 0, headers: Object.fromEntries(flat.sort()), body: text })
      })
    })
    sent.on('error', reject)
    sent.end(body)
  })
}

/** Asks until there is an answer about the request: on a busy machine a server may not be heard of in time. */
export async function askPatiently(door: Pick<Door, 'url'>, asked: Asked): Promise<Wire> {
  for (let attempt = 1; ; attempt++) {
    const answer = await ask(door, asked)
    if (answer.status !== 503 || attempt === 20) return answer
    await wait(250)
  }
}
