import { execFile } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { createServer, request } from 'node:https'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import type { TLSSocket } from 'node:tls'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { listen, openRecorder, type Recorder } from '../../src/gateway/testing.ts'
import { backends, type World } from '../support/backends.ts'
import { type MadeCertificate, makeCertificate } from '../support/certificates.ts'
import { type Control, openControl } from '../support/control.ts'

const pemOfKey = ({ key }: MadeCertificate) => String(key.export({ type: 'pkcs8', format: 'pem' }))
const sqlite = backends.filter(({ name }) => /sqlite/i.test(name))
const run = promisify(execFile)

describe.each(sqlite)('certificates of clients at the gateway, on $name', ({ open }) => {
  const authority = makeCertificate({ subject: { CN: 'Clients' }, ca: true })
  const door = makeCertificate({ subject: { CN: 'door' }, host: 'api.example.com' })
  const good = makeCertificate({ subject: { CN: 'good' }, issuer: authority })
  const later = makeCertificate({ subject: { CN: 'later' }, issuer: authority })
  const old = makeCertificate({ subject: { CN: 'old' }, issuer: authority, to: new Date('2025-01-02') })
  const own = makeCertificate({ subject: { CN: 'own' } })
  let world: World
  let upstream: Recorder
  let control: Control
  let port: number

  const file = (name: string) => join(world.dataDir, name)

  /** A list of what the authority revoked, made by OpenSSL. */
  const revoke = async (revoked: readonly MadeCertificate[]) => {
    await mkdir(file('ca'), { recursive: true })
    await writeFile(file('ca/ca.key'), pemOfKey(authority))
    await writeFile(file('ca/ca.pem'), authority.pem)
    await writeFile(file('ca/index.txt'), '')
    await writeFile(file('ca/crlnumber'), '01\n')
    await writeFile(
      file('ca/ca.cnf'),
      `[ca]\ndefault_ca = x\n[x]\ndatabase = ${file('ca/index.txt')}\ncrlnumber = ${file('ca/crlnumber')}\ndefault_md = sha256\ndefault_crl_days = 30\ncertificate = ${file('ca/ca.pem')}\nprivate_key = ${file('ca/ca.key')}\n`,
    )
    for (const certificate of revoked) {
      await writeFile(file('ca/revoked.pem'), certificate.pem)
      await run('openssl', ['ca', '-config', file('ca/ca.cnf'), '-revoke', file('ca/revoked.pem')])
    }
    await run('openssl', ['ca', '-config', file('ca/ca.cnf'), '-gencrl', '-out', file('crl.pem')])
  }

  beforeAll(async () => {
    world = await open()
    upstream = await openRecorder()
    await writeFile(file('door.pem'), door.pem)
    await writeFile(file('door.key'), pemOfKey(door))
    await writeFile(file('clients.pem'), authority.pem)
    await revoke([])
    await writeFile(
      file('sallyport.yaml'),
      `
gateway:
  tls:
    certificates: [{ certificate: door.pem, key: door.key }]
    clients: { ca: clients.pem, crl: crl.pem }
  upstreams: { api: { targets: ["${upstream.origin}"] } }
  routes:
    - { id: open, match: { path: /open/** }, upstream: api, public: true }
    - { id: shown, match: { path: /shown/** }, upstream: api, public: true, clientCertificate: true }
`,
    )
    control = await openControl(world, { role: 'all' })
    port = Number(new URL(control.serving.gateway ?? '').port)
  })

  afterAll(async () => {
    await control?.stop()
    await upstream?.close()
    await world?.close()
  })

  const ask = (path: string, certificate: MadeCertificate | null, more: object = {}) =>
    new Promise<{ status: number; code: string | undefined; resumed: boolean }>((resolve, reject) => {
      const shown = certificate === null ? {} : { cert: certificate.pem, key: pemOfKey(certificate) }
      const options = { host: '127.0.0.1', port, path, servername: 'api.example.com', ca: door.pem, agent: false }
      const sent = request(
        { ...options, headers: { host: 'api.example.com' }, ...shown, ...more } as object,
        async (answer) => {
          const resumed = (answer.socket as TLSSocket).isSessionReused()
          const body = await text(answer)
          resolve({ status: answer.statusCode ?? 0, code: body === '' ? undefined : JSON.parse(body).code, resumed })
        },
      )
      sent.on('error', reject)
      sent.end()
    })

  test('a route that asks for one is closed to who shows none, and open to who shows a good one', async () => {
    expect(await ask('/shown/1', null)).toMatchObject({ status: 403, code: 'CLIENT_CERTIFICATE_MISSING' })
    expect((await ask('/shown/1', good)).status).toBe(200)
    expect((await ask('/open/1', null)).status).toBe(200)
  })

  test.each([
    ['nobody vouches for', own],
    ['is expired', old],
  ])('one that %s is refused on every route, never taken for none', async (_, certificate) => {
    const heads = upstream.heads.length
    for (const path of ['/open/1', '/shown/1'])
      expect(await ask(path, certificate)).toMatchObject({ status: 403, code: 'CLIENT_CERTIFICATE_INVALID' })
    expect(upstream.heads).toHaveLength(heads)
  })

  test('a header says nothing of it', async () => {
    const headers = { host: 'api.example.com', 'client-cert': good.der.toString('base64') }
    expect((await ask('/shown/1', null, { headers })).status).toBe(403)
  })

  test('one that is revoked while its connection is kept is refused on it, and on the next one', async () => {
    const { Agent } = await import('node:https')
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    expect((await ask('/shown/1', later, { agent })).status).toBe(200)
    await revoke([later])
    for (let i = 0; i < 100 && (await ask('/shown/1', later)).status === 200; i++)
      await new Promise((resolve) => setTimeout(resolve, 100))
    expect(await ask('/shown/1', later)).toMatchObject({ status: 403, code: 'CLIENT_CERTIFICATE_INVALID' })
    expect([403, 421]).toContain((await ask('/shown/1', later, { agent })).status)
    expect((await ask('/shown/1', good)).status).toBe(200)
    agent.destroy()
  })
})

describe.each(sqlite)('an upstream over TLS, on $name', ({ open }) => {
  const authority = makeCertificate({ subject: { CN: 'Authority inside' }, ca: true })
  const inside = makeCertificate({ subject: { CN: 'inside' }, issuer: authority, host: 'api.internal' })
  const us = makeCertificate({ subject: { CN: 'us' }, issuer: authority })
  let world: World
  let control: Control
  let close: () => void
  let reached = 0

  beforeAll(async () => {
    world = await open()
    const server = createServer(
      { cert: inside.pem, key: pemOfKey(inside), ca: authority.pem, requestCert: true, rejectUnauthorized: false },
      (incoming, response) => {
        reached++
        const { authorized } = incoming.socket as TLSSocket
        response.end(JSON.stringify({ authorized }))
      },
    )
    const port = await listen(server)
    close = () => {
      server.closeAllConnections()
      server.close()
    }
    const target = `targets: ["https://127.0.0.1:${port}"]`
    await writeFile(join(world.dataDir, 'ca.pem'), authority.pem)
    await writeFile(join(world.dataDir, 'us.pem'), us.pem)
    await writeFile(join(world.dataDir, 'us.key'), pemOfKey(us))
    await writeFile(
      join(world.dataDir, 'sallyport.yaml'),
      `
gateway:
  upstreams:
    plain: { ${target} }
    vouched: { ${target}, tls: { ca: ca.pem, serverName: api.internal } }
    named: { ${target}, tls: { ca: ca.pem, serverName: other.internal } }
    shown: { ${target}, tls: { ca: ca.pem, serverName: api.internal, certificate: us.pem, key: us.key } }
    any: { ${target}, tls: { allowAnyCertificate: true } }
  routes:
${['plain', 'vouched', 'named', 'shown', 'any'].map((name) => `    - { id: ${name}, match: { path: /${name} }, upstream: ${name}, public: true }`).join('\n')}
`,
    )
    control = await openControl(world, { role: 'all' })
  })

  afterAll(async () => {
    await control?.stop()
    close?.()
    await world?.close()
  })

  const ask = async (name: string) => {
    const answer = await fetch(new URL(`/${name}`, control.serving.gateway ?? ''))
    const body = (await answer.json()) as { authorized?: boolean; code?: string }
    return { status: answer.status, authorized: body.authorized, code: body.code }
  }

  test.each(['plain', 'named'])(
    'that cannot prove its name to %s is 502, and never hears the request',
    async (name) => {
      const before = reached
      expect(await ask(name)).toMatchObject({ status: 502, code: 'UPSTREAM_UNAVAILABLE' })
      expect(reached).toBe(before)
    },
  )

  test('that an authority of its own vouches for is met', async () => {
    expect(await ask('vouched')).toMatchObject({ status: 200, authorized: false })
  })

  test('is shown our certificate', async () => {
    expect(await ask('shown')).toMatchObject({ status: 200, authorized: true })
  })

  test('is believed without proof only by the loud name, which every start warns of', async () => {
    expect(await ask('any')).toMatchObject({ status: 200 })
    expect(control.serving.system.warnings.join('\n')).toContain(
      'gateway.upstreams has allowAnyCertificate on for any:',
    )
  })
})
