import { X509Certificate } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { request as requestPlain } from 'node:http'
import { type RequestOptions, request } from 'node:https'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { connect, type TLSSocket } from 'node:tls'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openRecorder, type Recorder } from '../../src/gateway/testing.ts'
import { backends, type World } from '../support/backends.ts'
import { type MadeCertificate, makeCertificate } from '../support/certificates.ts'
import { type Control, openControl } from '../support/control.ts'

const pemOfKey = ({ key }: MadeCertificate) => String(key.export({ type: 'pkcs8', format: 'pem' }))
const sqlite = backends.filter(({ name }) => /sqlite/i.test(name))

describe.each(sqlite)('a gateway where TLS ends, on $name', ({ open }) => {
  const authority = makeCertificate({ subject: { CN: 'Doors' }, ca: true })
  const issue = (host: string, more: object = {}) =>
    makeCertificate({ subject: { CN: host }, issuer: authority, host, ...more })
  let world: World
  let upstream: Recorder
  let control: Control
  let port: number

  const put = async (name: string, certificate: MadeCertificate) => {
    await writeFile(join(world.dataDir, `${name}.key`), pemOfKey(certificate))
    await writeFile(join(world.dataDir, `${name}.pem`), certificate.pem)
  }

  beforeAll(async () => {
    world = await open()
    upstream = await openRecorder()
    await put('api', issue('api.example.com'))
    await put('shop', issue('*.shop.example.com'))
    await writeFile(
      join(world.dataDir, 'sallyport.yaml'),
      `
gateway:
  hosts: [api.example.com, "*.shop.example.com"]
  tls:
    redirectFrom: 0
    publicPort: 443
    certificates:
      - { certificate: api.pem, key: api.key }
      - { certificate: shop.pem, key: shop.key, hosts: ["*.shop.example.com"] }
  upstreams: { api: { targets: ["${upstream.origin}"] } }
  routes:
    - { id: open, match: { path: /open/** }, upstream: api, public: true }
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

  const ask = (servername: string, { host = servername, ...more }: { host?: string } & Partial<RequestOptions> = {}) =>
    new Promise<{ status: number; body: string; shown: string; protocol: string | null }>((resolve, reject) => {
      const sent = request(
        {
          host: '127.0.0.1',
          port,
          path: '/open/1',
          servername,
          headers: { host },
          ca: authority.pem,
          checkServerIdentity: () => undefined,
          agent: false,
          ...more,
        },
        async (answer) => {
          const socket = answer.socket as TLSSocket
          const { subjectaltname = '' } = socket.getPeerCertificate()
          const protocol = socket.getProtocol()
          resolve({ status: answer.statusCode ?? 0, body: await text(answer), shown: subjectaltname, protocol })
        },
      )
      sent.on('error', reject)
      sent.end()
    })

  test('shows the certificate of the host that the client names, and tells the upstream that it was https', async () => {
    const answer = await ask('api.example.com')
    expect(answer).toMatchObject({ status: 200, shown: 'DNS:api.example.com', protocol: 'TLSv1.3' })
    expect(upstream.seen.at(-1)?.header('x-forwarded-proto')).toBe('https')
    expect((await ask('one.shop.example.com')).shown).toBe('DNS:*.shop.example.com')
    expect(control.serving.gateway).toMatch(/^https:/)
  })

  test('shows the first one to who names another host, or none', async () => {
    expect(await ask('', { host: 'api.example.com' })).toMatchObject({ status: 200, shown: 'DNS:api.example.com' })
    expect(await ask('other.test')).toMatchObject({ status: 421, shown: 'DNS:api.example.com' })
  })

  test.each(['other.test', 'example.com', 'a.b.shop.example.com', 'shop.example.com', '127.0.0.1'])(
    'a host that is not served is 421: %s',
    async (host) => {
      const heads = upstream.heads.length
      const answer = await ask('', { host })
      expect(answer.status).toBe(421)
      expect(JSON.parse(answer.body).code).toBe('REQUEST_MISDIRECTED')
      expect(upstream.heads).toHaveLength(heads)
    },
  )

  test('a host that the certificate of the connection is not for is 421, one that it is for is not', async () => {
    expect((await ask('api.example.com', { host: 'one.shop.example.com' })).status).toBe(421)
    expect((await ask('one.shop.example.com', { host: 'two.shop.example.com' })).status).toBe(200)
    expect((await ask('API.example.com', { host: 'Api.Example.COM' })).status).toBe(200)
  })

  test.each<[string, object]>([
    ['TLS 1.1', { maxVersion: 'TLSv1.1', minVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' }],
    ['no forward secrecy', { maxVersion: 'TLSv1.2', ciphers: 'AES128-GCM-SHA256' }],
    ['a cipher in CBC mode', { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES128-SHA256' }],
    ['another protocol', { ALPNProtocols: ['h2'] }],
  ])('a client that only speaks %s gets nowhere', async (_, options) => {
    await expect(ask('api.example.com', options)).rejects.toThrow(/alert|EPROTO|SSL|disconnected|ECONNRESET/i)
  })

  test('TLS 1.2 with a good cipher is spoken', async () => {
    expect((await ask('api.example.com', { maxVersion: 'TLSv1.2' })).protocol).toBe('TLSv1.2')
  })

  test('what is not TLS is closed without a word', async () => {
    const answer = new Promise((resolve, reject) => {
      requestPlain({ host: '127.0.0.1', port, path: '/open/1' }, resolve).on('error', reject).end()
    })
    await expect(answer).rejects.toThrow(/hang up|ECONNRESET/)
  })

  describe('beside it the port without TLS', () => {
    const plain = (path: string, host: string, method = 'GET') =>
      new Promise<{ status: number; location: string | undefined; body: string }>((resolve, reject) => {
        requestPlain(
          { host: '127.0.0.1', port: control.serving.redirectPort ?? 0, path, method, headers: { host }, agent: false },
          async (answer) =>
            resolve({
              status: answer.statusCode ?? 0,
              location: answer.headers.location,
              body: await text(answer),
            }),
        )
          .on('error', reject)
          .end()
      })

    test('sends everybody to https with method and body, and forwards nothing', async () => {
      const heads = upstream.heads.length
      const answer = await plain('/open/1?a=b%20c', 'api.example.com:80', 'POST')
      expect(answer).toEqual({ status: 308, location: 'https://api.example.com/open/1?a=b%20c', body: '' })
      expect(upstream.heads).toHaveLength(heads)
    })

    test.each([
      ['a host that there is no certificate for', '/open', 'evil.test', 421],
      ['no host', '/open', 'a b', 400],
      ['a target that is another host', '//evil.test/', 'api.example.com', 400],
      ['an absolute target', 'http://evil.test/', 'api.example.com', 400],
    ])('sends nobody anywhere for %s', async (_, path, host, status) => {
      const answer = await plain(path, host)
      expect(answer.status).toBe(status)
      expect(answer.location).toBe(undefined)
    })
  })

  describe('whose files change', () => {
    const events = async (type: string) =>
      (await control.call(await admin(), 'GET', `/v1/audit/events?type=${type}&limit=10`)).body.items
    let key = ''
    const admin = async () => {
      if (key === '') key = (await control.keyWith(['*'])).key
      return key
    }
    const shownSoon = async (serial: string) => {
      for (let i = 0; i < 100; i++) {
        if ((await serialShown()) === serial) return
        await new Promise((resolve) => setTimeout(resolve, 100))
      }
      throw new Error('the new certificate is not shown')
    }
    const serialShown = () =>
      new Promise<string>((resolve, reject) => {
        const options = { host: '127.0.0.1', port, servername: 'api.example.com', ca: authority.pem }
        const socket = connect({ ...options, checkServerIdentity: () => undefined }, () => {
          resolve(socket.getPeerX509Certificate()?.serialNumber ?? '')
          socket.destroy()
        })
        socket.on('error', reject)
      })
    const serialOf = ({ pem }: MadeCertificate) => new X509Certificate(pem).serialNumber

    test('shows the new certificate to new connections, without a start', async () => {
      const renewed = issue('api.example.com')
      await put('api', renewed)
      await shownSoon(serialOf(renewed))
      expect((await ask('api.example.com')).status).toBe(200)
      expect((await events('certificates.changed'))[0]).toMatchObject({
        outcome: 'success',
        details: { at: 'gateway.tls', until: '2049-01-01T00:00:00.000Z' },
      })
    })

    test('keeps the last good one when the new one is no good, and tells', async () => {
      const before = await serialShown()
      await writeFile(join(world.dataDir, 'api.key'), pemOfKey(makeCertificate({ subject: { CN: 'x' } })))
      let told: { details: { reason: string } }[] = []
      for (let i = 0; i < 100 && told.length === 0; i++) {
        await new Promise((resolve) => setTimeout(resolve, 100))
        told = await events('certificates.refused')
      }
      expect(told[0]?.details.reason).toMatch(
        /^gateway\.tls\.certificates\[0\]: the key in .*api\.key does not belong to the certificate in .*api\.pem$/,
      )
      expect(await serialShown()).toBe(before)
    })
  })
})

describe('a start is refused with a sentence for', () => {
  const good = makeCertificate({ subject: { CN: 'a' }, host: 'a.test' })
  const other = makeCertificate({ subject: { CN: 'b' }, host: 'b.test' })
  const old = makeCertificate({ subject: { CN: 'c' }, host: 'c.test', to: new Date('2025-01-02') })
  const early = makeCertificate({ subject: { CN: 'd' }, host: 'd.test', from: new Date('2048-01-02') })
  const [backend] = sqlite
  let world: World
  beforeAll(async () => {
    world = await (backend as (typeof backends)[number]).open()
  })
  afterAll(() => world?.close())

  test.each([
    [
      'a file that is not there',
      { cert: null, key: pemOfKey(good) },
      /certificates\[0\]\.certificate: .*cert\.pem cannot be read: ENOENT/,
    ],
    ['a certificate that is none', { cert: 'hello', key: pemOfKey(good) }, /cert\.pem holds no certificate in PEM/],
    ['a key that is none', { cert: good.pem, key: good.pem }, /key\.pem holds no private key in PEM/],
    ['a key of another', { cert: good.pem, key: pemOfKey(other) }, /does not belong to the certificate in/],
    ['an expired certificate', { cert: old.pem, key: pemOfKey(old) }, /cert\.pem is expired since 2025-01-02/],
    ['one that is not good yet', { cert: early.pem, key: pemOfKey(early) }, /is not good before 2048-01-02/],
  ])('%s', async (_, { cert, key }, sentence) => {
    if (cert !== null) await writeFile(join(world.dataDir, 'cert.pem'), cert)
    await writeFile(join(world.dataDir, 'key.pem'), key)
    await writeFile(
      join(world.dataDir, 'sallyport.yaml'),
      'gateway: { tls: { certificates: [{ certificate: cert.pem, key: key.pem }] } }',
    )
    await expect(openControl(world, { role: 'all' })).rejects.toThrow(sentence)
  })
})
