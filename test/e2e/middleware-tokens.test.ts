import { createHash } from 'node:crypto'
import { createServer, request } from 'node:https'
import type { AddressInfo } from 'node:net'
import { SignJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createId } from '../../src/core/index.ts'
import type { Sallyport } from '../../src/index.ts'
import { type GateOptions, sallyport } from '../../src/node.ts'
import { makeKey, signProof, thumbprintOfKey } from '../../src/tokens/testing.ts'
import { backends, type World } from '../support/backends.ts'
import { makeCertificate } from '../support/certificates.ts'
import { type Control, openControl } from '../support/control.ts'
import { ask, type Door, embedded, openDoors } from '../support/doors.ts'
import { makePerson } from '../support/people.ts'
import { authorize, discover, makeClient, redeem, signIn } from '../support/relying-party.ts'
import { openVisitor } from '../support/visitor.ts'

const API = 'https://api.example.com'
const STOCK = 'https://stock.example.com'
const POLL = { timeout: 10_000, interval: 20 }

describe.each(backends)('tokens and sessions inside an application on $name', { timeout: 60_000 }, ({ open }) => {
  let world: World
  let control: Control
  let inside: Sallyport
  let remote: { url: string; key: string }
  const opened: Door[] = []

  beforeAll(async () => {
    world = await open()
    const resources = [
      { id: API, scopes: ['orders:read'] },
      { id: STOCK, scopes: ['orders:read'], accessTokens: 'opaque' },
    ]
    const env = { SALLYPORT_OAUTH_RESOURCES: JSON.stringify(resources) }
    control = await openControl(world, { issuerHost: 'localhost', env })
    inside = await embedded(control)
    remote = { url: control.url, key: (await control.keyWith(['keys:verify', 'tokens:inspect'])).key }
  })

  afterAll(async () => {
    await Promise.all(opened.map((door) => door.close()))
    await inside?.stop()
    await control?.stop()
    await world?.close()
  })

  type Asks = Required<Pick<GateOptions, 'authenticate'>> & Pick<GateOptions, 'tokens'>

  async function doorsWith(asks: Asks): Promise<readonly Door[]> {
    const tokens = { issuers: [control.url], ...asks.tokens }
    const doors = [
      ...(await openDoors('embedded', { embedded: inside, ...asks })),
      ...(await openDoors('remote', { ...remote, ...asks, tokens })),
    ]
    opened.push(...doors)
    return doors
  }

  /** A token that this server signed, with these claims besides the usual ones. */
  async function ours(more: object = {}, typ = 'at+jwt'): Promise<string> {
    const { id, algorithm, privateKey } = control.serving.system.signingKeys.current()
    const now = Math.floor(Date.now() / 1000)
    const usual = { iss: control.url, aud: control.url, sub: 'usr_1', kind: 'user', org: 'org_default' }
    return new SignJWT({ ...usual, iat: now, exp: now + 300, jti: createId('tok', Date.now()), ...more })
      .setProtectedHeader({ alg: algorithm, kid: id, typ })
      .sign(privateKey)
  }

  type Headers = Readonly<Record<string, string>>
  const bearer = (token: string) => ({ authorization: `Bearer ${token}` })

  async function heard(doors: readonly Door[], path: string, headers: Headers | ((door: Door) => Promise<Headers>)) {
    const wires = doors.map(async (door) => {
      const sent = typeof headers === 'function' ? await headers(door) : headers
      return ask(door, { path, headers: Object.entries(sent).flat() })
    })
    return Promise.all(wires)
  }
  const codes = async (...of: Parameters<typeof heard>) =>
    (await heard(...of)).map(({ status, body }) => (status === 200 ? 200 : JSON.parse(body).code))
  const all = (doors: readonly Door[], it: unknown) => doors.map(() => it)

  it('a token that a key bought is taken beside keys, and the application is told who asks and not how', async () => {
    const doors = await doorsWith({ authenticate: ['apiKey', 'jwt'] })
    const key = await control.keyWith(['orders:read'], { scopes: ['orders:read'] })
    const { body } = await control.call(key.key, 'POST', '/v1/keys/exchange', {})
    for (const { body: text } of await heard(doors, '/plain/a', bearer(body.accessToken))) {
      expect(JSON.parse(text).principal).toBe(key.owner)
      expect(text).not.toContain(body.accessToken)
    }
    expect(await codes(doors, '/plain/a', bearer(key.key))).toEqual(all(doors, 200))
    for (const { status, headers } of await heard(doors, '/scoped', bearer(body.accessToken))) {
      expect([status, headers['www-authenticate']]).toEqual([403, expect.stringContaining('insufficient_scope')])
    }
    for (const { status, headers } of await heard(doors, '/plain/a', {})) {
      expect([status, headers['www-authenticate']]).toEqual([
        401,
        expect.stringMatching(/^ApiKey .*Bearer realm="sallyport", DPoP /),
      ])
    }
    const { store, revocations } = control.serving.system
    const ref = String(JSON.parse(Buffer.from(body.accessToken.split('.')[1], 'base64url').toString()).jti)
    await store.write((tx) => revocations.revoke(tx, { kind: 'token', ref }))
    await expect
      .poll(() => codes(doors, '/plain/a', bearer(body.accessToken)), POLL)
      .toEqual(all(doors, 'TOKEN_REVOKED'))
  })

  it('a token that is no good is refused with what is wrong', async () => {
    const doors = await doorsWith({ authenticate: ['jwt'] })
    const past = Math.floor(Date.now() / 1000) - 60
    const good = await ours()
    expect(await codes(doors, '/plain/a', bearer(good))).toEqual(all(doors, 200))
    const cases: [string, string][] = [
      [await ours({ exp: past }), 'TOKEN_EXPIRED'],
      [await ours({ aud: 'https://other.example.com' }), 'AUDIENCE_INVALID'],
      [await ours({}, 'sallyport-identity+jwt'), 'TOKEN_TYPE'],
      [await ours({ iss: 'https://evil.example.com' }), 'ISSUER_INVALID'],
      [`${good.slice(0, -8)}AAAAAAAA`, 'SIGNATURE_INVALID'],
      ['nonsense', 'TOKEN_MALFORMED'],
    ]
    for (const [token, code] of cases) expect(await codes(doors, '/plain/a', bearer(token))).toEqual(all(doors, code))
    const { key } = await control.keyWith([])
    expect(await codes(doors, '/plain/a', { 'x-api-key': key })).toEqual(all(doors, 'CREDENTIAL_MISSING'))
  })

  it('a token is for who is named, and bound to who proves it', async () => {
    const doors = await doorsWith({ authenticate: ['dpop'], tokens: { audience: API } })
    const key = await makeKey('sender')
    const token = await ours({ aud: API, cnf: { jkt: thumbprintOfKey(key) } })
    const proved = async (door: Door) => ({
      authorization: `DPoP ${token}`,
      dpop: await signProof(key, { token, now: Date.now(), htu: `${door.url}/plain/a` }),
    })
    const answers = await heard(doors, '/plain/a', proved)
    expect(answers.map(({ status }) => status)).toEqual(all(doors, 200))
    for (const { body } of answers) expect(JSON.parse(body).headers).not.toHaveProperty('dpop')
    expect(await codes(doors, '/plain/b', proved)).toEqual(all(doors, 'BINDING_INVALID'))
    expect(await codes(doors, '/plain/a', bearer(token))).toEqual(all(doors, 'BINDING_INVALID'))
    expect(await codes(doors, '/plain/a', bearer(await ours()))).toEqual(all(doors, 'AUDIENCE_INVALID'))
    const [first] = doors as [Door]
    const once = await proved(first)
    expect(await codes([first], '/plain/a', once)).toEqual([200])
    expect(await codes([first], '/plain/a', once)).toEqual(['BINDING_INVALID'])
  })

  it('an opaque token is taken while it lives', async () => {
    const doors = await doorsWith({ authenticate: ['opaque'], tokens: { audience: STOCK } })
    const client = await makeClient(control, { scopes: ['openid', 'orders:read'] })
    const config = await discover(control, client)
    const { visitor, person } = await signIn(control)
    const found = await authorize(config, visitor, { scope: 'openid orders:read', resource: STOCK })
    const { access_token: token } = await redeem(config, found)
    for (const { body } of await heard(doors, '/plain/a', bearer(token))) {
      expect(JSON.parse(body).principal).toBe(person.id)
    }
    expect(await codes(doors, '/plain/a', bearer(`${token}x`))).toEqual(all(doors, 'TOKEN_MALFORMED'))
    expect(await codes(doors, '/plain/a', bearer(await ours({ aud: STOCK })))).toEqual(all(doors, 'TOKEN_TYPE'))
    await visitor.post('/v1/auth/logout')
    await expect.poll(() => codes(doors, '/plain/a', bearer(token)), POLL).toEqual(all(doors, 'TOKEN_MALFORMED'))
  })

  it('a person with a session needs no token, and the application does not see the cookie', async () => {
    const doors = await openDoors('embedded', { embedded: inside, authenticate: ['session', 'apiKey'] })
    opened.push(...doors)
    const person = await makePerson(control)
    const visitor = openVisitor(control.url)
    await visitor.post('/v1/auth/login', { email: person.email, password: person.password })
    const cookie = visitor.cookies().map(({ name, value }) => `${name}=${value}`)
    for (const { status, body } of await heard(doors, '/plain/a', {
      cookie: ['theme=dark', ...cookie, 'lang=de'].join('; '),
    })) {
      const { principal, headers } = JSON.parse(body)
      expect([status, principal, headers.cookie]).toEqual([200, person.id, 'theme=dark; lang=de'])
    }
    for (const { body } of await heard(doors, '/open', { cookie: cookie.join('; ') })) {
      expect(JSON.parse(body).headers).not.toHaveProperty('cookie')
    }
    await visitor.post('/v1/auth/logout')
    await expect
      .poll(() => codes(doors, '/plain/a', { cookie: cookie.join('; ') }), POLL)
      .toEqual(all(doors, 'SESSION_ENDED'))
  })

  it('a token that is bound to a certificate needs that certificate on the application’s own TLS', async () => {
    const authority = makeCertificate({ subject: { CN: 'authority' }, ca: true })
    const at = makeCertificate({ subject: { CN: 'localhost' }, host: 'localhost', issuer: authority })
    const [client, other] = ['client', 'other'].map((CN) => makeCertificate({ subject: { CN }, issuer: authority }))
    const stranger = makeCertificate({ subject: { CN: 'client' } })
    const keyOf = (of: typeof at) => of.key.export({ type: 'pkcs8', format: 'pem' })
    const gate = sallyport({ embedded: inside, authenticate: ['mtls'] })
    const tls = { cert: at.pem, key: keyOf(at), ca: authority.pem, requestCert: true, rejectUnauthorized: false }
    const server = createServer(
      tls,
      gate.guard([gate.authenticate], (incoming, response) => response.end(incoming.principal?.id)),
    )
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    const certificate = (of: typeof at) => createHash('sha256').update(of.der).digest('base64url')
    const token = await ours({ cnf: { 'x5t#S256': certificate(client as typeof at) } })
    const answerTo = (shown: typeof at | undefined, sent = token) =>
      new Promise<number | undefined>((resolve, reject) => {
        const own = shown === undefined ? {} : { cert: shown.pem, key: keyOf(shown) }
        const where = {
          host: '127.0.0.1',
          port,
          servername: 'localhost',
          ca: authority.pem,
          agent: false as const,
          ...own,
        }
        request(
          { ...where, headers: bearer(sent) },
          (answer) => void answer.resume().on('end', () => resolve(answer.statusCode)),
        )
          .on('error', reject)
          .end()
      })
    expect(await answerTo(client)).toBe(200)
    expect([await answerTo(other), await answerTo(undefined), await answerTo(client, await ours())]).toEqual([
      401, 401, 401,
    ])
    const byStranger = await ours({ cnf: { 'x5t#S256': certificate(stranger) } })
    expect(await answerTo(stranger, byStranger)).toBe(401)
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })

  it('nobody is let in by a token while the server does not say whether it is good', async () => {
    const { key } = await control.keyWith(['keys:verify'])
    const [door] = (await openDoors('remote', {
      url: control.url,
      key,
      authenticate: ['jwt'],
      tokens: { issuers: [control.url] },
      onError: () => undefined,
    })) as [Door]
    expect(await codes([door], '/plain/a', bearer(await ours()))).toEqual(['TOKENS_UNAVAILABLE'])
    await door.close()
  })

  it('an issuer that the server does not know is said when the gate opens', async () => {
    const gate = sallyport({
      embedded: inside,
      authenticate: ['jwt'],
      tokens: { issuers: ['https://who.example.com'] },
    })
    await expect(gate.ready()).rejects.toThrow('tokens.issuers has "https://who.example.com"')
  })
})

describe('credentials that cannot be taken', () => {
  const at = { url: 'http://127.0.0.1:9', key: 'sp_test_0123456789', onError: () => undefined }
  it.each([
    ['none', { ...at, authenticate: [] }, 'authenticate must be a list'],
    [
      'signatures',
      { ...at, authenticate: ['signature'] },
      'authenticate has "signature": a signature is about the bytes',
    ],
    ['one that there is not', { ...at, authenticate: ['password'] }, 'authenticate has "password"'],
    ['one twice', { ...at, authenticate: ['jwt', 'jwt'] }, 'each once'],
    ['what tokens are asked where there are none', { ...at, tokens: { audience: API } }, 'tokens has no meaning'],
    [
      'an option of tokens that there is not',
      { ...at, authenticate: ['jwt'], tokens: { issuer: 'x' } },
      'tokens.issuer;',
    ],
    ['sessions of a server', { ...at, authenticate: ['session'] }, 'only the server itself knows its sessions'],
    ['tokens that work once', { ...at, authenticate: ['jwt'], tokens: { once: true } }, 'tokens.once needs the memory'],
    ['tokens of nobody in particular', { ...at, authenticate: ['jwt'] }, 'tokens.issuers must name the server itself'],
    [
      'tokens of several',
      { ...at, authenticate: ['jwt'], tokens: { issuers: ['a', 'b'] } },
      'tokens.issuers must name',
    ],
  ])('%s is refused at once', (_, options, sentence) => {
    expect(() => sallyport(options as GateOptions)).toThrow(sentence)
  })
})
