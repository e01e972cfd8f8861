import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { createServer, request, type Server } from 'node:http'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { backends, canUse, type World } from '../support/backends.ts'
import { type Control, openControl } from '../support/control.ts'
import { listen, stop } from '../support/doors/api.ts'
import { startNginx } from '../support/nginx.ts'
import type { PrivateServer } from '../support/server.ts'

const NGINX = readFileSync(new URL('../../examples/nginx/nginx.conf', import.meta.url), 'utf8')
/** Where the proxy asks from; tests ask from another address. */
const PROXY = '127.0.0.2'

const ROUTES = `
gateway:
  decisions: { port: 0, callers: ["${PROXY}"] }
  upstreams: { api: { targets: ["http://127.0.0.1:1"] } }
  routes:
    - { id: open, match: { path: /open/** }, upstream: api, public: true, decisions: true }
    - { id: orders, match: { path: /orders/**, methods: [GET, POST] }, upstream: api, authenticate: [apiKey], require: { scopes: ["orders:read"] }, decisions: true, input: { maxBody: 1kb } }
    - { id: limited, match: { path: /limited }, upstream: api, authenticate: [apiKey], require: { level: known }, decisions: true, limits: [{ by: key, max: 1, per: hour, burst: 1 }] }
    - { id: inside, match: { path: /inside/** }, upstream: api, public: true }
`

type Reply = { readonly status: number; readonly headers: Readonly<Record<string, string>>; readonly body: string }

function ask(url: string, path: string, headers: readonly string[] = [], more: object = {}, body = ''): Promise<Reply> {
  const { hostname, port, host } = new URL(url)
  return new Promise((resolve, reject) => {
    const lines = ['host', host, ...headers, ...(body === '' ? [] : ['content-length', String(body.length)])]
    const sent = request({ hostname, port, path, headers: lines, agent: false, ...more }, (answer) => {
      const flat = Object.entries(answer.headersDistinct).map(([name, values]) => [name, (values ?? []).join(' | ')])
      answer.toArray().then(
        (pieces) =>
          resolve({
            status: answer.statusCode ?? 0,
            headers: Object.fromEntries(flat),
            body: Buffer.concat(pieces).toString(),
          }),
        reject,
      )
    })
    sent.on('error', reject)
    sent.end(body)
  })
}

describe.each(backends)('the door for decisions on $name', ({ open }) => {
  let world: World
  let control: Control
  let door: string
  let key: string
  let id: string
  let api: Server | null = null
  let front: PrivateServer

  beforeAll(async () => {
    world = await open()
    await writeFile(join(world.dataDir, 'sallyport.yaml'), ROUTES)
    control = await openControl(world, { role: 'all' })
    door = `http://127.0.0.1:${control.serving.decisionsPort}`
    ;({ key, id } = await control.keyWith([], { scopes: ['orders:read'] }))
    if (canUse.nginx) await openFront()
  })

  async function openFront(): Promise<void> {
    api = createServer((incoming, response) => {
      const { method, url, headers } = incoming
      incoming.toArray().then((pieces) => {
        response.end(JSON.stringify({ method, url, headers, body: Buffer.concat(pieces).toString() }))
      })
    })
    const config = NGINX.replace('127.0.0.1:9090', new URL(await listen(api)).host)
      .replace('127.0.0.1:8082', new URL(door).host)
      .replace('location = /decision {', `location = /decision {\n      proxy_bind ${PROXY};`)
    front = await startNginx((port) => config.replace('127.0.0.1:8080', `127.0.0.1:${port}`))
  }

  afterAll(async () => {
    await front?.stop()
    if (api !== null) await stop(api)
    await control?.stop()
    await world?.close()
  })

  const FOR = ['x-forwarded-for', '192.0.2.7']
  const asProxy = { localAddress: PROXY }
  const nginx = (uri: string, headers: readonly string[] = [], method = 'GET') =>
    ask(door, '/nginx', ['x-original-uri', uri, 'x-original-method', method, ...FOR, ...headers], asProxy)
  const envoy = (path: string, headers: readonly string[] = [], method = 'GET') =>
    ask(door, `/envoy${path}`, [...FOR, ...headers], { ...asProxy, method })

  it('answers nginx in the words of auth_request: 204 with who asks, 401, and 403 for all else with what it stands for', async () => {
    const passed = await nginx('/orders/7?page=2', ['x-api-key', key])
    expect([
      passed.status,
      passed.headers['x-principal-id'],
      passed.headers['x-principal-scopes'],
      passed.body,
    ]).toEqual([204, expect.stringMatching(/^svc_/), 'orders:read', ''])
    const nobody = await nginx('/orders/7')
    expect([nobody.status, nobody.headers['x-sallyport-code'], nobody.headers['www-authenticate']]).toEqual([
      401,
      'CREDENTIAL_MISSING',
      'ApiKey realm="sallyport"',
    ])
    const { key: other } = await control.keyWith([])
    const forbidden = await nginx('/orders/7', ['x-api-key', other])
    expect([forbidden.status, forbidden.headers['x-sallyport-status'], forbidden.headers['x-sallyport-code']]).toEqual([
      403,
      '403',
      'SCOPE_MISSING',
    ])
    const nowhere = await nginx('/nowhere')
    expect([nowhere.status, nowhere.headers['x-sallyport-status']]).toEqual([403, '404'])
    const method = await nginx('/orders/7', ['x-api-key', key], 'DELETE')
    expect([method.status, method.headers['x-sallyport-status']]).toEqual([403, '405'])
  })

  it('charges limits, and says when to come again', async () => {
    const { key: once } = await control.keyWith([])
    expect((await nginx('/limited', ['x-api-key', once])).status).toBe(204)
    const { status, headers } = await nginx('/limited', ['x-api-key', once])
    expect([
      status,
      headers['x-sallyport-status'],
      headers['x-sallyport-code'],
      Number(headers['retry-after']),
    ]).toEqual([403, '429', 'RATE_LIMITED', expect.any(Number)])
  })

  it('answers Envoy in the words of ext_authz: 200 with who asks and what must go, or the answer for its client', async () => {
    const passed = await envoy('/orders/7?page=2', ['x-api-key', key])
    expect([passed.status, passed.headers['x-principal-id']]).toEqual([200, expect.stringMatching(/^svc_/)])
    const gone = passed.headers['x-envoy-auth-headers-to-remove']?.split(',')
    expect(gone).toContain('x-api-key')
    const open_ = await envoy('/open/1', ['x-principal-scopes', 'forged'])
    expect([open_.status, open_.headers['x-principal-id']]).toEqual([200, 'anonymous'])
    expect(open_.headers['x-envoy-auth-headers-to-remove']?.split(',')).toEqual(
      expect.arrayContaining(['x-principal-organization', 'x-principal-scopes']),
    )
    const refused = await envoy('/orders/7', [], 'POST')
    expect([refused.status, JSON.parse(refused.body).code]).toEqual([401, 'CREDENTIAL_MISSING'])
    expect((await envoy('/orders/7', ['x-api-key', key], 'DELETE')).status).toBe(405)
  })

  it('a route that does not say so is not there for it', async () => {
    expect((await nginx('/inside/1')).headers['x-sallyport-status']).toBe('404')
    expect((await envoy('/inside/1')).status).toBe(404)
  })

  it('refuses whoever is not named, whatever they say', async () => {
    const headers = ['x-original-uri', '/open/1', 'x-original-method', 'GET', ...FOR]
    for (const path of ['/nginx', '/envoy/open/1']) {
      const answer = await ask(door, path, headers)
      expect([answer.status, JSON.parse(answer.body).code]).toEqual([403, 'DECISION_CALLER_REFUSED'])
    }
  })

  it.each([
    ['no method', ['x-original-uri', '/open/1', ...FOR]],
    ['no address', ['x-original-method', 'GET', ...FOR]],
    ['two addresses', ['x-original-uri', '/open/1', 'x-original-uri', '/orders/1', 'x-original-method', 'GET', ...FOR]],
    ['two methods', ['x-original-uri', '/open/1', 'x-original-method', 'GET', 'x-original-method', 'POST', ...FOR]],
    ['no client', ['x-original-uri', '/open/1', 'x-original-method', 'GET']],
  ])('refuses a question with %s', async (_, headers) => {
    const answer = await ask(door, '/nginx', headers, asProxy)
    expect([answer.status, JSON.parse(answer.body).code]).toEqual([403, 'DECISION_REQUEST_INVALID'])
  })

  it.each(['/', '/envoy', '/nginx?x=1', '/health/live', '/orders/1'])('knows no other question: %s', async (path) => {
    const answer = await ask(door, path, ['x-original-uri', '/open/1', 'x-original-method', 'GET', ...FOR], asProxy)
    expect(JSON.parse(answer.body).code).toBe('DECISION_REQUEST_INVALID')
  })

  it.each(['//open/1', '/open/%2e%2e/orders/1', '/open/%252e', 'http://other.test/open/1', '*', 'open/1'])(
    'refuses what two programs could read differently: %s',
    async (uri) => {
      const { status, headers } = await nginx(uri)
      expect([status, headers['x-sallyport-status']]).toEqual([403, '400'])
    },
  )

  it('holds a body to its length, where that is told', async () => {
    const of = (length: string) => nginx('/orders/7', ['x-api-key', key, 'x-original-content-length', length], 'POST')
    expect((await of('1024')).status).toBe(204)
    expect((await of('1025')).headers['x-sallyport-status']).toBe('413')
    expect((await of('1e3')).headers['x-sallyport-status']).toBe('400')
  })

  it('believes the proxy about its client, and writes an Event of each decision', async () => {
    const { key: near } = await control.keyWith([], { scopes: ['orders:read'], allowedIps: ['192.0.2.7'] })
    expect((await nginx('/orders/7', ['x-api-key', near])).status).toBe(204)
    const other = ['x-original-uri', '/orders/7', 'x-original-method', 'GET', 'x-forwarded-for', '192.0.2.8']
    const { headers } = await ask(door, '/nginx', [...other, 'x-api-key', near], asProxy)
    expect(headers['x-sallyport-code']).toBe('IP_NOT_ALLOWED')
    const { key: reading } = await control.keyWith(['audit:read'])
    const events = async () => {
      const { body } = await control.call(reading, 'GET', `/v1/audit/events?credential=${id}&limit=100`)
      return body.items as { type: string; address: string; resource: string; route: string; method: string }[]
    }
    await nginx('/orders/told', ['x-api-key', key])
    await expect
      .poll(async () => (await events()).find(({ resource }) => resource === '/orders/told'), { timeout: 5_000 })
      .toMatchObject({ type: 'request.allowed', route: 'orders', address: '192.0.2.7', method: 'GET' })
  })

  describe.skipIf(!canUse.nginx)('with nginx in front,', () => {
    it('the API hears who asks, and nothing that proves it', async () => {
      const forged = [
        'x-principal-id',
        'usr_forged',
        'x-principal-organization',
        'forged',
        'x-sallyport-identity',
        'forged',
      ]
      const passed = await ask(
        front.url,
        '/orders/7?page=2',
        ['x-api-key', key, ...forged],
        { method: 'POST' },
        'a body',
      )
      expect(passed.status).toBe(200)
      const seen = JSON.parse(passed.body)
      expect(seen).toMatchObject({ method: 'POST', url: '/orders/7?page=2', body: 'a body' })
      expect(seen.headers['x-principal-id']).toMatch(/^svc_/)
      expect(passed.body).not.toMatch(new RegExp(`forged|${key}`))
      const anonymous = await ask(front.url, '/open/1', forged)
      expect([anonymous.status, JSON.parse(anonymous.body).headers['x-principal-id']]).toEqual([200, 'anonymous'])
      expect(anonymous.body).not.toContain('forged')
    })

    it.each([
      ['/orders/7', [], 401, 'CREDENTIAL_MISSING'],
      ['/orders/7', ['x-api-key', 'nonsense'], 401, 'KEY_INVALID'],
      ['/nowhere', [], 404, 'ROUTE_NOT_FOUND'],
      ['/inside/1', [], 404, 'ROUTE_NOT_FOUND'],
    ])('who is refused gets what it stands for: %s %j', async (path, headers, status, code) => {
      const answer = await ask(front.url, path, headers)
      expect([answer.status, JSON.parse(answer.body)]).toEqual([
        status,
        { status, code, requestId: expect.stringMatching(/^req_/) },
      ])
    })

    it('limits hold, and say when to come again', async () => {
      const { key: once } = await control.keyWith([])
      expect((await ask(front.url, '/limited', ['x-api-key', once])).status).toBe(200)
      const { status, headers } = await ask(front.url, '/limited', ['x-api-key', once])
      expect([status, Number(headers['retry-after'])]).toEqual([429, expect.any(Number)])
      expect(Number(headers['retry-after'])).toBeGreaterThan(0)
    })

    it.each([
      ['another request', ['x-original-uri', '/open/1', 'x-original-method', 'GET']],
      ['another request, disguised', ['x_original_uri', '/open/1', 'X-Original.Method', 'GET']],
      ['another length', ['x-original-content-length', '0']],
      ['another client', ['x-forwarded-for', '10.0.0.1', 'forwarded', 'for=10.0.0.1']],
    ])('a client that says it sent %s is not believed', async (_, headers) => {
      expect((await ask(front.url, '/orders/7', headers)).status).toBe(401)
      const large = await ask(
        front.url,
        '/orders/7',
        ['x-api-key', key, ...headers],
        { method: 'POST' },
        'x'.repeat(1025),
      )
      expect(large.status).toBe(413)
    })

    it('a client cannot be another than it is', async () => {
      const { key: near } = await control.keyWith([], { scopes: ['orders:read'], allowedIps: ['192.0.2.7'] })
      const headers = ['x-forwarded-for', '192.0.2.7', 'forwarded', 'for=192.0.2.7', 'x-api-key', near]
      expect((await ask(front.url, '/orders/7', headers)).status).toBe(403)
    })

    it('nobody asks for a decision by themselves', async () => {
      const { status } = await ask(front.url, '/decision', ['x-original-uri', '/open/1', 'x-original-method', 'GET'])
      expect(status).toBe(404)
    })
  })
})
