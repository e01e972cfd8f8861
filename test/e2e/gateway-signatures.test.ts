import { createHmac, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { request as ask, createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createRequestSigner, type SignerOptions } from '../../src/client.ts'
import type { Clock } from '../../src/core/index.ts'
import { backends, type World } from '../support/backends.ts'
import { type Control, openControl } from '../support/control.ts'
import { eventually, openPlace, type Place } from '../support/sallyport.ts'

const settings = (upstream: string) => `
gateway:
  upstreams: { api: { targets: ["${upstream}"] } }
  routes:
    - { id: signed, match: { path: /signed/** }, upstream: api, authenticate: [signature], require: { scopes: [orders:read] }, limits: [{ by: key, max: 1000, per: minute }] }
    - { id: either, match: { path: /either }, upstream: api, authenticate: [signature, apiKey], require: { level: known }, limits: [{ by: key, max: 1000, per: minute }] }
    - { id: covers, match: { path: /covers }, upstream: api, authenticate: [signature], require: { level: known }, signatures: { covers: [idempotency-key], window: 5s }, limits: [{ by: key, max: 1000, per: minute }] }
    - { id: shaped, match: { path: /shaped }, upstream: api, authenticate: [signature], require: { level: known }, input: { json: {}, inflate: { maxBody: 1kb } }, limits: [{ by: key, max: 1000, per: minute }] }
`

type Seen = { readonly url: string; readonly headers: IncomingMessage['headers']; readonly body: string }
type Sent = { method?: string; headers?: Record<string, string | string[]>; body?: string | Buffer }
type Answered = { status: number; code: string | null; detail: string; headers: IncomingMessage['headers'] }

describe.each(backends)('requests that are signed, $name', { timeout: 60_000 }, ({ open }) => {
  let world: World
  let upstream: Server
  let place: Place
  let control: Control
  let admin: string
  let key: { id: string; key: string }
  let hmac: { id: string; secret: string }
  const seen: Seen[] = []
  let skew = 0
  const clock: Clock = { now: () => Date.now() + skew }

  beforeAll(async () => {
    world = await open()
    upstream = createServer(async (incoming, response) => {
      let body = ''
      for await (const piece of incoming) body += piece
      seen.push({ url: incoming.url ?? '', headers: incoming.headers, body })
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}')
    })
    await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve))
    place = await openPlace(world, settings(`http://127.0.0.1:${(upstream.address() as AddressInfo).port}`))
    control = await openControl(world, { role: 'all', env: { ...place.env }, clock })
    admin = (await control.keyWith(['*'])).key
    key = await control.keyWith([], { scopes: ['orders:read'] })
    hmac = await addKey({ algorithm: 'hmac-sha256' })
  })

  beforeEach(() => {
    seen.length = 0
    skew = 0
  })

  afterAll(async () => {
    await control?.stop()
    upstream?.closeAllConnections()
    await new Promise((resolve) => upstream?.close(resolve))
    await world?.close()
  })

  async function addKey(body: object, to = key.id): Promise<{ id: string; secret: string }> {
    const made = await control.call(admin, 'POST', `/v1/keys/${to}/signature-keys`, body)
    expect(made.status).toBe(201)
    return made.body
  }

  const signer = (more: Partial<SignerOptions> = {}) =>
    createRequestSigner({ keyId: hmac.id, ...(more.privateKey === undefined ? { secret: hmac.secret } : {}), ...more })

  const at = (path: string) => `${control.serving.gateway}${path}`

  function send(path: string, { method = 'GET', headers = {}, body }: Sent = {}) {
    return new Promise<Answered>((resolve, reject) => {
      const outgoing = ask(at(path), { method, headers }, async (incoming) => {
        let text = ''
        for await (const piece of incoming) text += piece
        const { code = null, detail = '' } = text.startsWith('{') ? JSON.parse(text) : {}
        resolve({ status: incoming.statusCode ?? 0, code, detail, headers: incoming.headers })
      })
      outgoing.on('error', reject)
      outgoing.end(body)
    })
  }

  const brief = ({ status, code }: Answered) => [status, code]
  const passed = [200, null]

  async function sendSigned(path: string, sent: Sent = {}, more: Partial<SignerOptions> = {}) {
    const { method = 'GET', headers = {}, body } = sent
    const signed = signer(more)({
      method,
      url: at(path),
      headers: headers as Record<string, string>,
      ...(body === undefined ? {} : { body }),
    })
    return brief(await send(path, { ...sent, headers: signed }))
  }

  /** A signature of a request with parts that the helper would never make. */
  function forged(path: string, of: { covered?: string; parameters?: string; base?: string } = {}) {
    const {
      covered = '"@method" "@authority" "@path"',
      parameters = `;created=${Math.floor(clock.now() / 1000)};nonce="${Math.random()}nonce";keyid="${hmac.id}"`,
      base = `"@method": GET\n"@authority": ${new URL(at(path)).host}\n"@path": ${path}`,
    } = of
    const input = `(${covered})${parameters}`
    const text = `${base}\n"@signature-params": ${input}`
    const signature = createHmac('sha256', Buffer.from(hmac.secret, 'base64')).update(text).digest('base64')
    return { 'signature-input': `sig=${input}`, signature: `sig=:${signature}:` }
  }

  it('pass as the API key in whose name they are signed, which is not sent, and their signature goes no further', async () => {
    expect(await sendSigned('/signed/orders?a=1&b=%20')).toEqual(passed)
    const [{ url, headers } = { url: '', headers: {} as Seen['headers'] }] = seen
    expect(url).toBe('/signed/orders?a=1&b=%20')
    expect(headers['x-principal-scopes']).toBe('orders:read')
    expect(headers['x-principal-kind']).toBe('service')
    expect([headers.signature, headers['signature-input']]).toEqual([undefined, undefined])
  })

  it('pass with a body whose digest is signed, which goes on with it', async () => {
    const sent = { method: 'POST', headers: { 'content-type': 'text/plain' }, body: 'Grüße' }
    expect(await sendSigned('/signed/orders', sent)).toEqual(passed)
    expect(seen[0]?.body).toBe('Grüße')
    expect(seen[0]?.headers['content-digest']).toMatch(/^sha-256=:/)
  })

  it.each([
    ['ed25519', () => generateKeyPairSync('ed25519')],
    ['ecdsa-p256-sha256', () => generateKeyPairSync('ec', { namedCurve: 'P-256' })],
    ['ecdsa-p384-sha384', () => generateKeyPairSync('ec', { namedCurve: 'P-384' })],
    ['rsa-pss-sha512', () => generateKeyPairSync('rsa', { modulusLength: 2048 })],
  ] as const)('pass when signed with %s, for which the gateway has the public key alone', async (algorithm, pair) => {
    const { privateKey, publicKey } = pair() as { privateKey: KeyObject; publicKey: KeyObject }
    const made = await addKey({ algorithm, publicKey: publicKey.export({ format: 'jwk' }) })
    expect(made.secret).toBe(null)
    expect(await sendSigned('/signed/a', {}, { keyId: made.id, privateKey, algorithm })).toEqual(passed)
    expect(await sendSigned('/signed/a', {}, { keyId: hmac.id, privateKey, algorithm })).toEqual([
      401,
      'REQUEST_SIGNATURE_INVALID',
    ])
    await control.call(admin, 'DELETE', `/v1/keys/${key.id}/signature-keys/${made.id}`)
  })

  it('work once, of many at the same moment too', async () => {
    const headers = signer()({ url: at('/signed/once') })
    const answers = await Promise.all(Array.from({ length: 20 }, () => send('/signed/once', { headers })))
    const codes = answers.map(({ code }) => code ?? 'passed').sort()
    expect(codes).toEqual([...Array.from({ length: 19 }, () => 'SIGNATURE_USED'), 'passed'])
    expect(seen).toHaveLength(1)
  })

  it('are refused without a signature, with a challenge', async () => {
    const { status, code, headers } = await send('/signed/a')
    expect([status, code]).toEqual([401, 'CREDENTIAL_MISSING'])
    expect(headers['www-authenticate']).toBe('Signature realm="sallyport"')
    // The text of the key is no credential here.
    expect(brief(await send('/signed/a', { headers: { 'x-api-key': key.key } }))).toEqual([401, 'CREDENTIAL_MISSING'])
  })

  it.each([
    ['another method', { method: 'DELETE' }, '/signed/a?x=1'],
    ['another path', {}, '/signed/b?x=1'],
    ['a path that decodes to the same', {}, '/signed/%61?x=1'],
    ['another query', {}, '/signed/a?x=2'],
    ['more of a query', {}, '/signed/a?x=1&y=2'],
    ['another host', { host: 'evil.example' }, '/signed/a?x=1'],
  ])(
    'are refused with %s than was signed',
    async (_, { method = 'GET', host }: { method?: string; host?: string }, path) => {
      const headers = { ...signer()({ url: at('/signed/a?x=1') }), ...(host === undefined ? {} : { host }) }
      expect(brief(await send(path, { method, headers }))).toEqual([401, 'REQUEST_SIGNATURE_INVALID'])
      expect(seen).toEqual([])
    },
  )

  it('are refused when a query is added that the signature is not about', async () => {
    const headers = signer()({ url: at('/signed/a') })
    const answer = await send('/signed/a?admin=1', { headers })
    expect(brief(answer)).toEqual([401, 'SIGNATURE_INCOMPLETE'])
    expect(answer.detail).toBe('The signature must cover "@query" as well.')
    expect(answer.headers['accept-signature']).toBe('sig1=("@query");created;nonce;keyid')
  })

  const digestOf = (body: string | Buffer) => signer()({ method: 'POST', url: at('/signed/a'), body })

  it('are refused with another body than was signed, however it comes', async () => {
    const headers = digestOf('one')
    expect(brief(await send('/signed/a', { method: 'POST', headers, body: 'two' }))).toEqual([
      400,
      'CONTENT_DIGEST_INVALID',
    ])
    const none = digestOf('one')
    expect(brief(await send('/signed/a', { method: 'POST', headers: none }))).toEqual([400, 'CONTENT_DIGEST_INVALID'])
    const chunked = { ...digestOf('one'), 'transfer-encoding': 'chunked' }
    expect(brief(await send('/signed/a', { method: 'POST', headers: chunked, body: 'one!' }))).toEqual([
      400,
      'CONTENT_DIGEST_INVALID',
    ])
    expect(seen).toEqual([])
  })

  it('are refused with a body whose digest was not signed', async () => {
    const signed = signer()({ method: 'POST', url: at('/signed/a') })
    expect(brief(await send('/signed/a', { method: 'POST', headers: signed, body: 'x' }))).toEqual([
      401,
      'SIGNATURE_INCOMPLETE',
    ])
    const { 'content-digest': digest = '' } = digestOf('x')
    const again = { ...signer()({ method: 'POST', url: at('/signed/a') }), 'content-digest': digest }
    expect(brief(await send('/signed/a', { method: 'POST', headers: again, body: 'x' }))).toEqual([
      401,
      'SIGNATURE_INCOMPLETE',
    ])
  })

  it('are refused with another type or encoding of the body than was signed', async () => {
    const headers = { ...digestOf('{}'), 'content-type': 'application/json' }
    expect(brief(await send('/signed/a', { method: 'POST', headers, body: '{}' }))).toEqual([
      401,
      'SIGNATURE_INCOMPLETE',
    ])
    const typed = signer()({
      method: 'POST',
      url: at('/signed/a'),
      headers: { 'content-type': 'text/plain' },
      body: '{}',
    })
    const other = { ...typed, 'content-type': 'application/json' }
    expect(brief(await send('/signed/a', { method: 'POST', headers: other, body: '{}' }))).toEqual([
      401,
      'REQUEST_SIGNATURE_INVALID',
    ])
  })

  it('are held to the bytes that were sent, before they are unpacked for the upstream', async () => {
    const body = gzipSync('{"a":1}')
    const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip' }
    expect(await sendSigned('/shaped', { method: 'POST', headers, body })).toEqual(passed)
    expect(seen[0]?.body).toBe('{"a":1}')
    expect(seen[0]?.headers['content-digest']).toBe(undefined)
  })

  it.each([
    ['an hour old', -3_600_000],
    ['a little too old', -62_000],
    ['of the future', 62_000],
  ])('are refused when they are %s', async (_, offset) => {
    expect(await sendSigned('/signed/a', {}, { now: () => clock.now() + offset })).toEqual([
      401,
      'SIGNATURE_NOT_CURRENT',
    ])
  })

  it('pass within the window, and not again when it is over', async () => {
    const headers = signer({ now: () => clock.now() + 50_000 })({ url: at('/signed/a') })
    expect(brief(await send('/signed/a', { headers }))).toEqual(passed)
    skew = 100_000
    expect(brief(await send('/signed/a', { headers }))).toEqual([401, 'SIGNATURE_USED'])
    skew = 120_000
    expect(brief(await send('/signed/a', { headers }))).toEqual([401, 'SIGNATURE_NOT_CURRENT'])
  })

  it('are refused after the end that they name', async () => {
    const now = Math.floor(clock.now() / 1000)
    const parameters = `;created=${now - 10};expires=${now - 1};nonce="12345678";keyid="${hmac.id}"`
    expect(brief(await send('/signed/a', { headers: forged('/signed/a', { parameters }) }))).toEqual([
      401,
      'SIGNATURE_NOT_CURRENT',
    ])
  })

  it.each([
    ['no key', () => '', 400, 'SIGNATURE_UNREADABLE'],
    ['a key that is not there', () => ';keyid="rsk_1hq3v0c9kd5m7w2x8p4t6r1a"', 401, 'REQUEST_SIGNATURE_INVALID'],
    ['a key that is no id', () => ';keyid="../../etc/passwd"', 401, 'REQUEST_SIGNATURE_INVALID'],
    ['the API key as the key', () => `;keyid="${key.id}"`, 401, 'REQUEST_SIGNATURE_INVALID'],
    [
      'another algorithm than the key is for',
      () => `;keyid="${hmac.id}";alg="ed25519"`,
      401,
      'REQUEST_SIGNATURE_INVALID',
    ],
    ['the algorithm none', () => `;keyid="${hmac.id}";alg="none"`, 401, 'REQUEST_SIGNATURE_INVALID'],
    ['a parameter that nobody knows', () => `;keyid="${hmac.id}";admin`, 400, 'SIGNATURE_UNREADABLE'],
  ])('are refused with %s', async (_, rest, status, code) => {
    const parameters = `;created=${Math.floor(clock.now() / 1000)};nonce="${Math.random()}nonce"${rest()}`
    expect(brief(await send('/signed/a', { headers: forged('/signed/a', { parameters }) }))).toEqual([status, code])
  })

  it('are refused with components twice, unknown ones, and such that are not there', async () => {
    const covered = (more: string) => forged('/signed/a', { covered: `"@method" "@authority" "@path" ${more}` })
    for (const more of ['"@path"', '"@status"', '"x-absent"', '"@path";req', '"Host"'])
      expect(brief(await send('/signed/a', { headers: covered(more) }))).toEqual([401, 'REQUEST_SIGNATURE_INVALID'])
    expect(brief(await send('/signed/a', { headers: forged('/signed/a') }))).toEqual(passed)
  })

  it('are refused with two signatures, two labels, and huge headers', async () => {
    const one = forged('/signed/a')
    const two = { 'signature-input': [one['signature-input'], 'b=()'], signature: [one.signature, 'b=:AAAA:'] }
    expect(brief(await send('/signed/a', { headers: two }))).toEqual([400, 'SIGNATURE_UNREADABLE'])
    const twice = { 'signature-input': [one['signature-input'], one['signature-input']], signature: one.signature }
    expect(brief(await send('/signed/a', { headers: twice }))).toEqual([400, 'SIGNATURE_UNREADABLE'])
    const huge = { ...one, 'signature-input': `${one['signature-input']};tag="${'a'.repeat(6000)}"` }
    expect(brief(await send('/signed/a', { headers: huge }))).toEqual([400, 'SIGNATURE_UNREADABLE'])
  })

  it('must be right where they are shown, though the route takes keys as well', async () => {
    expect(brief(await send('/either', { headers: { 'x-api-key': key.key } }))).toEqual(passed)
    const wrong = { ...forged('/elsewhere'), 'x-api-key': key.key }
    expect(brief(await send('/either', { headers: wrong }))).toEqual([401, 'REQUEST_SIGNATURE_INVALID'])
    expect(await sendSigned('/either')).toEqual(passed)
  })

  it('cover what a route asks for beside, within the window of that route', async () => {
    const headers = { 'idempotency-key': 'k1' }
    expect(await sendSigned('/covers', { headers }, { covers: ['Idempotency-Key'] })).toEqual(passed)
    expect(await sendSigned('/covers', { headers })).toEqual([401, 'SIGNATURE_INCOMPLETE'])
    expect(await sendSigned('/covers')).toEqual(passed)
    expect(await sendSigned('/covers', {}, { now: () => clock.now() - 7000 })).toEqual([401, 'SIGNATURE_NOT_CURRENT'])
  })

  it('are under the rules, limits and scopes of their API key', async () => {
    const made = await control.keyWith([], { allowedIps: ['192.0.2.7'], scopes: ['orders:read'] })
    const away = await addKey({ algorithm: 'hmac-sha256' }, made.id)
    expect(await sendSigned('/signed/a', {}, { keyId: away.id, secret: away.secret })).toEqual([403, 'IP_NOT_ALLOWED'])
    const scopeless = await control.keyWith([])
    const less = await addKey({ algorithm: 'hmac-sha256' }, scopeless.id)
    expect(await sendSigned('/signed/a', {}, { keyId: less.id, secret: less.secret })).toEqual([403, 'SCOPE_MISSING'])
    const limited = await control.keyWith([], { scopes: ['orders:read'], rateLimits: [{ max: 1, per: 'hour' }] })
    const few = await addKey({ algorithm: 'hmac-sha256' }, limited.id)
    expect(await sendSigned('/signed/a', {}, { keyId: few.id, secret: few.secret })).toEqual(passed)
    expect(await sendSigned('/signed/a', {}, { keyId: few.id, secret: few.secret })).toEqual([429, 'RATE_LIMITED'])
  })

  it('end with their signature key at once, and with their API key', async () => {
    const other = await control.keyWith([], { scopes: ['orders:read'] })
    const [one, two] = [
      await addKey({ algorithm: 'hmac-sha256' }, other.id),
      await addKey({ algorithm: 'hmac-sha256' }, other.id),
    ]
    expect(await sendSigned('/signed/a', {}, { keyId: one.id, secret: one.secret })).toEqual(passed)
    expect(await sendSigned('/signed/a', {}, { keyId: two.id, secret: two.secret })).toEqual(passed)
    expect((await control.call(admin, 'DELETE', `/v1/keys/${other.id}/signature-keys/${one.id}`)).status).toBe(204)
    expect(await sendSigned('/signed/a', {}, { keyId: one.id, secret: one.secret })).toEqual([
      401,
      'REQUEST_SIGNATURE_INVALID',
    ])
    expect(await sendSigned('/signed/a', {}, { keyId: two.id, secret: two.secret })).toEqual(passed)
    await control.call(admin, 'DELETE', `/v1/keys/${other.id}`)
    expect(await sendSigned('/signed/a', {}, { keyId: two.id, secret: two.secret })).toEqual([401, 'KEY_REVOKED'])
  })

  it('work once on all nodes together, and end on all of them within a second', async () => {
    const node = await openControl(world, { role: 'all', env: { ...place.env } })
    try {
      const there = await control.keyWith([], { scopes: ['orders:read'] })
      const { id, secret } = await addKey({ algorithm: 'hmac-sha256' }, there.id)
      const sign = createRequestSigner({ keyId: id, secret })
      const host = new URL(at('/')).host
      const sendTo = async (to: Control, headers: Readonly<Record<string, string>>) => {
        const answer = new Promise<number>((resolve, reject) => {
          const outgoing = ask(`${to.serving.gateway}/signed/a`, { headers: { ...headers, host } }, (incoming) => {
            incoming.resume()
            resolve(incoming.statusCode ?? 0)
          })
          outgoing.on('error', reject)
          outgoing.end()
        })
        return answer
      }
      const once = sign({ url: at('/signed/a') })
      expect([await sendTo(node, once), await sendTo(control, once)].sort()).toEqual([200, 401])
      expect(await sendTo(node, sign({ url: at('/signed/a') }))).toBe(200)
      await control.call(admin, 'DELETE', `/v1/keys/${there.id}/signature-keys/${id}`)
      const ended = async () => (await sendTo(node, sign({ url: at('/signed/a') }))) === 401
      expect(await eventually(ended, 10_000)).toBe(true)
    } finally {
      await node.stop()
    }
  })

  it('are verified as before after secrets were sealed again', async () => {
    const { secrets, store } = control.serving.system
    const sealed = async () => {
      const stored = store.tables<{ api_key_signature: { id: string; secret: string } }>()
      const rows = stored.selectFrom('api_key_signature').select('secret').where('id', '=', hmac.id)
      return (await rows.executeTakeFirstOrThrow()).secret
    }
    const before = await sealed()
    expect(before).not.toContain(hmac.secret)
    await secrets.rotate({ what: 'data', purpose: 'keys.signature' })
    skew = 11_000
    expect(await secrets.reseal()).toContain('keys.signature')
    expect((await sealed()).split('.')[1]).not.toBe(before.split('.')[1])
    // Read anew from here on.
    await control.call(admin, 'POST', `/v1/keys/${key.id}/suspend`)
    await control.call(admin, 'POST', `/v1/keys/${key.id}/resume`)
    expect(await sendSigned('/signed/a')).toEqual(passed)
  })

  describe('signature keys', () => {
    const path = (id = key.id) => `/v1/keys/${id}/signature-keys`

    it('are listed without their secrets, told in Events, and bounded', async () => {
      const other = await control.keyWith([])
      const made = await Promise.all(
        Array.from({ length: 5 }, () => addKey({ algorithm: 'hmac-sha256', name: 'n' }, other.id)),
      )
      const { body } = await control.call(admin, 'GET', path(other.id))
      expect(body.items.map(({ id }: { id: string }) => id)).toEqual(made.map(({ id }) => id).sort())
      expect(Object.keys(body.items[0])).not.toContain('secret')
      const full = await control.call(admin, 'POST', path(other.id), { algorithm: 'hmac-sha256' })
      expect([full.status, full.body.code]).toEqual([409, 'SIGNATURE_KEYS_TOO_MANY'])
      const events = await control.call(
        admin,
        'GET',
        `/v1/audit/events?resource=${other.id}&type=key.signature_key_created`,
      )
      expect(events.body.items).toHaveLength(5)
      expect(Object.keys(events.body.items[0].details).sort()).toEqual(['algorithm', 'name', 'signatureKey'])
    })

    it.each([
      ['a secret that somebody brings', { algorithm: 'hmac-sha256', publicKey: { kty: 'oct', k: 'AAAA' } }],
      ['no public key', { algorithm: 'ed25519' }],
      [
        'a key of another kind',
        {
          algorithm: 'ed25519',
          publicKey: generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' }),
        },
      ],
      [
        'a private key',
        { algorithm: 'ed25519', publicKey: generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' }) },
      ],
      [
        'a small RSA key',
        {
          algorithm: 'rsa-pss-sha512',
          publicKey: generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey.export({ format: 'jwk' }),
        },
      ],
      ['an algorithm that is not taken', { algorithm: 'rsa-v1_5-sha256' }],
    ])('are not made of %s', async (_, body) => {
      const answer = await control.call(admin, 'POST', path(), body)
      expect([answer.status, answer.body.code]).toEqual([400, 'INPUT_INVALID'])
    })

    it('are made by nobody who does not hold what the API key carries', async () => {
      const maker = await control.keyWith(['keys:manage'])
      const strong = await control.keyWith(['secrets:rotate'])
      const answer = await control.call(maker.key, 'POST', path(strong.id), { algorithm: 'hmac-sha256' })
      expect([answer.status, answer.body.code]).toEqual([403, 'GRANT_EXCEEDED'])
      const stranger = await control.call((await control.keyWith(['keys:read'])).key, 'POST', path(), {
        algorithm: 'hmac-sha256',
      })
      expect([stranger.status, stranger.body.code]).toEqual([403, 'PERMISSION_MISSING'])
    })

    it('are not made for keys that have ended, and revoked once', async () => {
      const other = await control.keyWith([])
      const made = await addKey({ algorithm: 'hmac-sha256' }, other.id)
      expect((await control.call(admin, 'DELETE', `${path()}/${made.id}`)).body.code).toBe('SIGNATURE_KEY_UNKNOWN')
      expect((await control.call(admin, 'DELETE', `${path(other.id)}/${made.id}`)).status).toBe(204)
      expect((await control.call(admin, 'DELETE', `${path(other.id)}/${made.id}`)).body.code).toBe(
        'SIGNATURE_KEY_UNKNOWN',
      )
      await control.call(admin, 'DELETE', `/v1/keys/${other.id}`)
      expect((await control.call(admin, 'POST', path(other.id), { algorithm: 'hmac-sha256' })).body.code).toBe(
        'KEY_STATUS_CONFLICT',
      )
      expect((await control.call(admin, 'GET', path('key_1hq3v0c9kd5m7w2x8p4t6r1a'))).body.code).toBe('KEY_UNKNOWN')
    })
  })
})
