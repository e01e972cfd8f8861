import { writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import express from 'express'
import Fastify from 'fastify'
import { sallyport as expressGate } from '../../src/express.ts'
import { sallyport as fastifyGate } from '../../src/fastify.ts'
import { createSallyport } from '../../src/index.ts'
import { type GateOptions, sallyport as nodeGate } from '../../src/node.ts'
import type { World } from './backends.ts'
import { type Control, openControl } from './control.ts'

/** One way to the same small API: through the gateway, or guarded from inside. */
export type Door = { readonly name: string; readonly url: string; readonly close: () => Promise<void> }

/** What an API behind a door says that it got. */
export type Echo = { readonly principal: string | null; readonly headers: Readonly<Record<string, string>> }

/** The routes of the small API, as the gateway has them. What is under /slow never answers. */
const ROUTES = `
gateway:
  trustedProxies: [127.0.0.0/8]
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
`

/** A server with its gateway before the small API, and all of it one configuration. */
export async function openGuarded(world: World, env: Record<string, string> = {}) {
  const upstream = createServer((incoming, response) => {
    if (incoming.url === '/slow') return
    incoming.resume().on('end', () => response.end(echo(incoming, incoming.headers['x-principal-id'])))
  })
  const origin = await listen(upstream)
  await writeFile(join(world.dataDir, 'sallyport.yaml'), ROUTES.replace('UPSTREAM', origin))
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

/** A system of its own on the same store, as an application has it. */
export function embedded(control: Control) {
  const { config } = control.serving.system
  const { database, redis, master, data, gateway } = config
  return createSallyport({
    config: {
      data,
      database: { url: database.url.reveal() },
      redis: { url: redis.url?.reveal() ?? null, prefix: redis.prefix },
      master: { ...master, key: master.key?.reveal() ?? null, passphrase: master.passphrase?.reveal() ?? null },
      gateway: { trustedProxies: [...gateway.trustedProxies] },
      log: { level: 'fatal' },
    } as never,
  })
}

/** The small API behind each framework's guards. */
export async function openDoors(kind: string, options: GateOptions): Promise<readonly Door[]> {
  return Promise.all([openExpress(kind, options), openFastify(kind, options), openNode(kind, options)])
}

const HOUR = { by: 'key', max: 1, per: 'hour', burst: 1 } as const

async function openExpress(kind: string, options: GateOptions): Promise<Door> {
  const gate = expressGate(options)
  const app = express()
  app.get('/open', gate.optional(), (incoming, response) => {
    response.end(echo(incoming, incoming.principal?.id))
  })
  app.get('/forgotten', gate.requireScopes('orders:read'), (_, response) => void response.end())
  app.use(gate.authenticate())
  app.get('/slow', () => undefined)
  app.use('/scoped', gate.requireScopes('orders:write'))
  app.use('/permitted', gate.requirePermissions('keys:read'))
  app.use('/limited', gate.rateLimit(HOUR))
  app.use((incoming, response) => {
    incoming.resume().on('end', () => response.end(echo(incoming, incoming.principal?.id)))
  })
  const server = createServer(app)
  const url = await listen(server)
  return {
    name: `express, ${kind}`,
    url,
    close: async () => {
      await stop(server)
      await gate.close()
    },
  }
}

async function openFastify(kind: string, options: GateOptions): Promise<Door> {
  const gate = fastifyGate(options)
  const app = Fastify({ routerOptions: { maxParamLength: 10_000 } })
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', (_request, payload, done) => void payload.resume().on('end', () => done(null)))
  await app.register(gate.plugin)
  const known = gate.authenticate()
  app.get('/open', { onRequest: gate.optional() }, async (incoming) => echo(incoming.raw, incoming.principal.id))
  app.get('/forgotten', { preHandler: gate.requireScopes('orders:read') }, async () => '')
  app.get('/slow', { onRequest: known }, () => new Promise(() => undefined))
  app.get('/scoped', { preHandler: [known, gate.requireScopes('orders:write')] }, async () => '')
  app.get('/permitted', { preHandler: [known, gate.requirePermissions('keys:read')] }, async () => '')
  app.get('/limited', { preHandler: [known, gate.rateLimit(HOUR)] }, async () => '')
  // A scope of its own, which must see what the plugin brings.
  await app.register(async (scope) => {
    scope.all('/*', { onRequest: known }, async (incoming) => echo(incoming.raw, incoming.principal.id))
  })
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  return {
    name: `fastify, ${kind}`,
    url,
    close: async () => {
      app.server.closeAllConnections()
      await app.close()
    },
  }
}

async function openNode(kind: string, options: GateOptions): Promise<Door> {
  const gate = nodeGate(options)
  const guards = {
    '/scoped': gate.requireScopes('orders:write'),
    '/permitted': gate.requirePermissions('keys:read'),
    '/limited': gate.rateLimit(HOUR),
  }
  const forgotten = gate.guard([gate.requireScopes('orders:read')], (_, response) => response.end())
  const open = gate.guard([gate.optional], (incoming, response) => response.end(echo(incoming, incoming.principal?.id)))
  const server = createServer(async (incoming, response) => {
    if (incoming.url === '/forgotten') return forgotten(incoming, response)
    if (incoming.url === '/open') return open(incoming, response)
    const principal = await gate.authenticate(incoming, response)
    if (principal === null || incoming.url === '/slow') return
    const more = guards[incoming.url as keyof typeof guards]
    if (more !== undefined && (await more(incoming, response)) === null) return
    incoming.resume().on('end', () => response.end(echo(incoming, principal.id)))
  })
  const url = await listen(server)
  return {
    name: `node, ${kind}`,
    url,
    close: async () => {
      await stop(server)
      await gate.close()
    },
  }
}

function echo(incoming: IncomingMessage, principal: unknown): string {
  return JSON.stringify({ principal: principal ?? null, headers: incoming.headers })
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

async function stop(server: Server): Promise<void> {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
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
  readonly body?: string
  /** Without a length. */
  readonly chunked?: boolean
}

// What concerns the connection and the moment, and not the answer.
const ASIDE = ['connection', 'date', 'keep-alive', 'transfer-encoding']

/** Asks over a connection of its own. */
export function ask(
  door: Pick<Door, 'url'>,
  { method = 'GET', path, headers = [], body, chunked }: Asked,
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
        const fields = Object.entries(answer.headersDistinct).filter(([name]) => !ASIDE.includes(name))
        const flat = fields.map(([name, values]) => [name, (values ?? []).join(' | ')])
        const text = Buffer.concat(pieces).toString()
        resolve({ status: answer.statusCode ?? 0, headers: Object.fromEntries(flat.sort()), body: text })
      })
    })
    sent.on('error', reject)
    sent.end(body)
  })
}
