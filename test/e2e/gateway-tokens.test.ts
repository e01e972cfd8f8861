import { createHash } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type JWTPayload, SignJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createId } from '../../src/core/index.ts'
import { makeKey, signProof, type TestKey, thumbprintOfKey } from '../../src/tokens/testing.ts'
import { backends, type World } from '../support/backends.ts'
import { makeCertificate } from '../support/certificates.ts'
import { type Control, openControl } from '../support/control.ts'
import { makePerson } from '../support/people.ts'
import { openPlace, type Place, type RunningSallyport, startUpstream, type Upstream } from '../support/sallyport.ts'
import { openVisitor } from '../support/visitor.ts'

const ISSUER = 'https://id.example.com'
const LOGIN = 'https://login.example.com'
const API = 'https://api.example.com'

const settings = (upstream: string, keys: string) => `
issuer: ${ISSUER}
oauth:
  signingKeys: { algorithms: [ES256, EdDSA] }
  issuers:
    - issuer: ${LOGIN}
      jwksUri: ${keys}/keys
      allowInsecureHttp: true
      audiences: [${API}]
      algorithms: [ES256]
      types: [JWT]
      permissions: ["orders:read"]
    - { issuer: https://away.example.com, jwksUri: "${keys}/nothing", allowInsecureHttp: true, audiences: [${API}], algorithms: [ES256] }
gateway:
  trustedProxies: [127.0.0.2]
  clientCertificateHeader: Client-Cert
  upstreams: { api: { targets: ["${upstream}"] } }
  routes:
    - { id: any, match: { path: /any }, upstream: api, authenticate: [jwt, apiKey], require: { level: known } }
    - { id: api, match: { path: /api }, upstream: api, authenticate: [jwt], require: { level: known }, tokens: { audience: "${API}" } }
    - { id: ours, match: { path: /ours }, upstream: api, authenticate: [jwt], require: { level: known }, tokens: { issuers: ["${ISSUER}"] } }
    - { id: orders, match: { path: /orders }, upstream: api, authenticate: [jwt], require: { scopes: ["orders:read"], permissions: ["orders:read"] } }
    - { id: bound, match: { path: /bound }, upstream: api, authenticate: [dpop], require: { level: known } }
    - { id: certified, match: { path: /certified }, upstream: api, authenticate: [mtls], require: { level: known } }
    - { id: either, match: { path: /either }, upstream: api, authenticate: [dpop, mtls], require: { level: known } }
    - { id: once, match: { path: /once }, upstream: api, authenticate: [jwt], require: { level: known }, tokens: { once: true } }
    - { id: sure, match: { path: /sure }, upstream: api, authenticate: [jwt, session, apiKey], require: { acr: aal2, maxAge: 10m } }
    - { id: people, match: { path: /people }, upstream: api, authenticate: [session], require: { level: known } }
    - { id: open, match: { path: /open }, upstream: api, public: true }
    - { id: counted, match: { path: /counted }, upstream: api, authenticate: [jwt], require: { level: known }, limits: [{ by: key, max: 1, per: hour, burst: 1 }] }
    - { id: tenants, match: { path: /tenants }, upstream: api, authenticate: [jwt, apiKey], require: { level: known }, limits: [{ by: claim, claim: [app, tenant], max: 1, per: hour }] }
    - { id: plans, match: { path: /plans }, upstream: api, public: true, limits: [{ by: "header:X-Plan", max: 1, per: hour }, { by: address, max: 100, per: hour }] }
`

describe.each(backends)('access tokens at the gateway on $name', { timeout: 60_000 }, ({ open }) => {
  let world: World
  let upstream: Upstream
  let login: Login
  let place: Place
  let here: Control
  let there: RunningSallyport

  beforeAll(async () => {
    world = await open()
    upstream = await startUpstream()
    login = await openLogin()
    place = await openPlace(world, settings(upstream.url, login.url))
    here = await openControl(world, { role: 'all', env: { ...place.env } })
    there = await place.serve()
  })

  afterAll(async () => {
    await there?.stop()
    await here?.stop()
    await login?.close()
    await upstream?.close()
    await world?.close()
  })

  /** A token that this server signed, with these claims besides the usual ones. */
  async function ours(more: object = {}, typ = 'at+jwt'): Promise<string> {
    const { id, algorithm, privateKey } = here.serving.system.signingKeys.current()
    return new SignJWT(usual(ISSUER, { aud: ISSUER, kind: 'user', org: 'org_default', ...more }))
      .setProtectedHeader({ alg: algorithm, kid: id, typ })
      .sign(privateKey)
  }

  const gateway = () => here.serving.gateway ?? ''
  const ask = async (path: string, headers: Record<string, string>, at = gateway()) => {
    const answer = await fetch(`${at}${path}`, { headers })
    const body = (await answer.json()) as { code?: string }
    return { status: answer.status, code: body.code ?? null, headers: answer.headers }
  }
  const bearer = (token: string) => ({ authorization: `Bearer ${token}` })
  const last = () => upstream.seen.at(-1)?.headers ?? {}

  async function bought(): Promise<{ token: string; keyId: string; owner: string }> {
    const key = await here.keyWith(['orders:read'], { scopes: ['orders:read'] })
    const answer = await here.call(key.key, 'POST', '/v1/keys/exchange', {})
    return { token: answer.body.accessToken, keyId: key.id, owner: key.owner }
  }

  it('that a key bought are taken where keys are, on every node, and the upstream is told who asks and not how', async () => {
    const { token, owner } = await bought()
    for (const at of [gateway(), there.gateway]) {
      expect((await ask('/any', bearer(token), at)).status).toBe(200)
      expect(last()).toMatchObject({
        'x-principal-id': owner,
        'x-principal-kind': 'service',
        'x-principal-organization': 'org_default',
        'x-principal-scopes': 'orders:read',
      })
      expect(last()).not.toHaveProperty('authorization')
    }
    expect((await ask('/orders', bearer(token))).status).toBe(200)
    expect((await ask('/orders', bearer(await ours({ scope: 'orders:read' })))).code).toBe('PERMISSION_MISSING')
  })

  it('are taken as PASETO too, and not for a key', async () => {
    const { key, owner } = await here.keyWith(['orders:read'])
    const { body } = await here.call(key, 'POST', '/v1/keys/exchange', { format: 'paseto' })
    expect((await ask('/any', bearer(body.accessToken))).status).toBe(200)
    expect(last()).toMatchObject({ 'x-principal-id': owner })
  })

  it('end everywhere in under a second when they are revoked, and stay so after a restart', async () => {
    const { token } = await bought()
    const another = await bought()
    const jti = String(claimsOf(token).jti)
    expect((await ask('/any', bearer(token), there.gateway)).status).toBe(200)
    const { store, revocations } = here.serving.system
    await store.write((tx) => revocations.revoke(tx, { kind: 'token', ref: jti }))
    expect((await ask('/any', bearer(token))).code).toBe('TOKEN_REVOKED')
    await expect.poll(() => ask('/any', bearer(token), there.gateway), POLL).toMatchObject({ code: 'TOKEN_REVOKED' })
    await there.stop()
    there = await place.serve()
    expect((await ask('/any', bearer(token), there.gateway)).code).toBe('TOKEN_REVOKED')
    expect((await ask('/any', bearer(another.token), there.gateway)).status).toBe(200)
  })

  it('are refused with what is wrong, in the words of the standard, and the record says whose they were', async () => {
    const seconds = Math.floor(Date.now() / 1000)
    const { token } = await bought()
    const cases: [string, string][] = [
      [await ours({ exp: seconds - 60 }), 'TOKEN_EXPIRED'],
      [await ours({ aud: 'https://other.example.com' }), 'AUDIENCE_INVALID'],
      [await ours({ jti: undefined }), 'JTI_MISSING'],
      [await ours({}, 'sallyport-identity+jwt'), 'TOKEN_TYPE'],
      [await ours({ iss: 'https://evil.example.com' }), 'ISSUER_INVALID'],
      [`${token.slice(0, -8)}AAAAAAAA`, 'SIGNATURE_INVALID'],
      [`${token}=`, 'TOKEN_MALFORMED'],
    ]
    for (const [text, code] of cases) {
      const answer = await ask('/ours', bearer(text))
      expect([answer.status, answer.code]).toEqual([401, code])
      expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer realm="sallyport", error="invalid_token", /)
    }
    const missing = await ask('/ours', {})
    expect(missing.code).toBe('CREDENTIAL_MISSING')
    expect(missing.headers.get('www-authenticate')).toMatch(/^Bearer realm="sallyport", DPoP realm="sallyport", algs="/)
    await here.serving.system.audit.flush()
    const found = await here.serving.system.audit.search({ type: 'request.denied', limit: 50 })
    const events = found.ok ? found.value.items : []
    expect(events.find(({ code }) => code === 'TOKEN_EXPIRED')).toMatchObject({ principal: 'usr_1' })
    expect(events.find(({ code }) => code === 'SIGNATURE_INVALID')).toMatchObject({ principal: null, credential: null })
  })

  it('that are for another audience than the route’s are refused, and never read from the query', async () => {
    expect((await ask('/api', bearer(await ours()))).code).toBe('AUDIENCE_INVALID')
    expect((await ask('/api', bearer(await ours({ aud: [ISSUER, API] })))).status).toBe(200)
    expect((await ask(`/ours?access_token=${await ours()}`, {})).code).toBe('CREDENTIAL_MISSING')
  })

  it('and keys are told apart: a key is no token, and a bad token is not tried as a key', async () => {
    const { key } = await here.keyWith(['orders:read'])
    expect((await ask('/any', bearer(key))).status).toBe(200)
    expect((await ask('/any', bearer(await ours({ aud: 'x' })))).code).toBe('AUDIENCE_INVALID')
    expect((await ask('/ours', bearer(key))).code).toBe('TOKEN_MALFORMED')
  })

  describe('of another issuer', () => {
    it('are believed as far as the configuration says, and their subjects are never ours', async () => {
      const claims = {
        scope: 'orders:read',
        permissions: ['orders:read', 'keys:write', '*'],
        org: 'org_other',
        kind: 'service',
      }
      const token = await login.sign({ ...claims, sub: 'usr_1' })
      expect((await ask('/orders', bearer(token))).status).toBe(200)
      expect(last()).toMatchObject({
        'x-principal-id': `${LOGIN}#usr_1`,
        'x-principal-kind': 'user',
        'x-principal-organization': 'org_default',
      })
      expect((await ask('/api', bearer(token))).status).toBe(200)
      expect((await ask('/ours', bearer(token))).code).toBe('ISSUER_INVALID')
    })

    it('are ended by what is revoked of that issuer alone', async () => {
      const { store, revocations } = here.serving.system
      const [token, own] = [await login.sign({ sub: 'usr_7' }), await ours({ sub: 'usr_7' })]
      await store.write((tx) => revocations.revoke(tx, { kind: 'subject', ref: 'usr_7', issuer: LOGIN }))
      expect((await ask('/any', bearer(token))).code).toBe('TOKEN_REVOKED')
      expect((await ask('/any', bearer(own))).status).toBe(200)
    })

    it('cannot be judged while its keys cannot be read: nobody is let in, and nobody told that the token is bad', async () => {
      const token = await login.sign({ iss: 'https://away.example.com' })
      const answer = await ask('/any', bearer(token))
      expect([answer.status, answer.code]).toEqual([503, 'TOKENS_UNAVAILABLE'])
      expect(answer.headers.get('retry-after')).toBe('5')
    })
  })

  describe('bound to a key', () => {
    let key: TestKey
    let token: string

    beforeAll(async () => {
      key = await makeKey('sender')
      token = await ours({ cnf: { jkt: thumbprintOfKey(key) } })
    })

    const proved = async (path: string, more: object = {}, by = key, at = gateway()) => ({
      authorization: `DPoP ${token}`,
      dpop: await signProof(by, { token, now: Date.now(), htu: `${at}${path}`, ...more }),
    })

    it('are taken with a proof, once each on whichever node, and the proof goes no further', async () => {
      const headers = await proved('/bound')
      expect((await ask('/bound', headers)).status).toBe(200)
      expect(last()).not.toHaveProperty('dpop')
      const again = await ask('/bound', headers)
      expect([again.status, again.code]).toEqual([401, 'BINDING_INVALID'])
      expect(again.headers.get('www-authenticate')).toMatch(
        /^DPoP realm="sallyport", error="invalid_dpop_proof", .*algs="/,
      )
      expect((await ask('/any', await proved('/any'))).status).toBe(200)
      expect((await ask('/either', await proved('/either'))).status).toBe(200)
    })

    it('are nothing to a thief', async () => {
      const thief = await makeKey('thief')
      const wrong = [
        bearer(token),
        { authorization: `DPoP ${token}` },
        await proved('/any', {}, thief),
        await proved('/elsewhere'),
        await proved('/any', { htm: 'POST' }),
        await proved('/any', { iat: Math.floor(Date.now() / 1000) - 3600 }),
        await proved('/any', { ath: createHash('sha256').update('another').digest('base64url') }),
      ]
      for (const headers of wrong) expect((await ask('/any', headers)).code).toBe('BINDING_INVALID')
    })

    it('are demanded where the route says so', async () => {
      expect((await ask('/bound', bearer(await ours()))).code).toBe('BINDING_INVALID')
      expect((await ask('/bound', {})).headers.get('www-authenticate')).toMatch(/^DPoP /)
    })
  })

  describe('bound to a certificate', () => {
    const certificate = makeCertificate({ subject: { CN: 'client' } })
    const other = makeCertificate({ subject: { CN: 'other' } })
    const thumbprint = createHash('sha256').update(certificate.der).digest('base64url')
    const rfc9440 = (of: typeof certificate) => `:${of.der.toString('base64')}:`

    it('are taken with that certificate from a proxy that is believed, in each form that proxies write', async () => {
      const token = await ours({ cnf: { 'x5t#S256': thumbprint } })
      const forms = [rfc9440(certificate), certificate.der.toString('base64'), encodeURIComponent(certificate.pem)]
      for (const form of forms) expect(await through('127.0.0.2', '/certified', token, form)).toBe(200)
      expect(last()).not.toHaveProperty('client-cert')
    })

    it('are refused with another one, with none, with rubbish, and when anybody else vouches', async () => {
      const token = await ours({ cnf: { 'x5t#S256': thumbprint } })
      expect(await through('127.0.0.2', '/certified', token, rfc9440(other))).toBe(401)
      expect(await through('127.0.0.2', '/certified', token, 'x'.repeat(500))).toBe(401)
      expect(await through('127.0.0.2', '/any', token, null)).toBe(401)
      expect(await through('127.0.0.1', '/certified', token, rfc9440(certificate))).toBe(401)
    })

    it('what a client says of certificates reaches no upstream', async () => {
      expect(await through('127.0.0.1', '/open', null, rfc9440(certificate))).toBe(200)
      expect(last()).not.toHaveProperty('client-cert')
    })

    // A proxy is whoever calls from that address.
    async function through(from: string, path: string, token: string | null, header: string | null): Promise<number> {
      const { request } = await import('node:http')
      const headers = {
        ...(token === null ? {} : bearer(token)),
        ...(header === null ? {} : { 'client-cert': header }),
      }
      return new Promise((resolve, reject) => {
        const sent = request(`${gateway()}${path}`, { headers, localAddress: from, agent: false }, (answer) => {
          answer.resume().on('end', () => resolve(answer.statusCode ?? 0))
        })
        sent.on('error', reject).end()
      })
    }
  })

  it('that work once do so across nodes, of many at once too', async () => {
    const token = await ours()
    const tries = Array.from({ length: 10 }, (_, i) => ask('/once', bearer(token), i % 2 ? gateway() : there.gateway))
    const codes = (await Promise.all(tries)).map(({ code }) => code)
    expect(codes.filter((code) => code === null)).toHaveLength(1)
    expect(codes.filter((code) => code === 'TOKEN_REPLAYED')).toHaveLength(9)
  })

  it('are counted by a claim of theirs, and who has none by who they are', async () => {
    const status = async (more: object) => (await ask('/tenants', bearer(await ours(more)))).status
    const of = (sub: string, tenant: string) => status({ sub, app: { tenant } })
    expect([await of('usr_1', 'a'), await of('usr_2', 'a'), await of('usr_2', 'b')]).toEqual([200, 429, 200])
    expect([await status({ sub: 'usr_3' }), await status({ sub: 'usr_3' }), await status({ sub: 'usr_4' })]).toEqual([
      200, 429, 200,
    ])
    const { key } = await here.keyWith([])
    const used = async () => (await ask('/tenants', { 'x-api-key': key })).status
    expect([await used(), await used()]).toEqual([200, 429])
  })

  it('are not needed where a header is counted, and who leaves it out is counted with all who do', async () => {
    const status = async (headers: Record<string, string>) => (await ask('/plans', headers)).status
    const gold = { 'x-plan': 'gold' }
    expect([await status(gold), await status(gold), await status({}), await status({})]).toEqual([200, 429, 200, 429])
  })

  it('are counted by whom they were issued to, not one by one', async () => {
    const next = async () => ask('/counted', bearer(await ours({ client_id: 'cli_1' })))
    expect((await next()).status).toBe(200)
    expect((await next()).status).toBe(429)
    expect((await ask('/counted', bearer(await ours({ client_id: 'cli_2' })))).status).toBe(200)
  })

  it('of a weaker or older proof are told what to ask for (RFC 9470)', async () => {
    const seconds = Math.floor(Date.now() / 1000)
    const proof = (acr: string, ago: number) => ({ acr, amr: ['pwd'], auth_time: seconds - ago })
    expect((await ask('/sure', bearer(await ours(proof('aal2', 60))))).status).toBe(200)
    expect((await ask('/sure', bearer(await ours(proof('aal3', 60))))).status).toBe(200)
    const { key } = await here.keyWith(['*'])
    for (const headers of [
      bearer(await ours(proof('aal1', 60))),
      bearer(await ours(proof('aal2', 700))),
      bearer(await ours()),
      { 'x-api-key': key },
    ]) {
      const answer = await ask('/sure', headers)
      expect([answer.status, answer.code]).toEqual([401, 'AUTHENTICATION_INSUFFICIENT'])
      const challenge = String(answer.headers.get('www-authenticate'))
      expect(challenge).toContain('error="insufficient_user_authentication"')
      expect(challenge).toContain('acr_values="aal2", max_age="600"')
    }
  })

  it('are not needed by a person with a session, whose cookie goes no further on any route', async () => {
    const person = await makePerson(here)
    const visitor = openVisitor(here.url, { origin: ISSUER })
    await visitor.post('/v1/auth/login', { email: person.email, password: person.password })
    const cookie = visitor
      .cookies()
      .map(({ name, value }) => `${name}=${value}`)
      .join('; ')
    expect((await ask('/people', { cookie: `theme=dark; ${cookie}; lang=de` })).status).toBe(200)
    expect(last()).toMatchObject({
      'x-principal-id': person.id,
      'x-principal-kind': 'user',
      cookie: 'theme=dark; lang=de',
    })
    await ask('/open', { cookie })
    expect(last()).not.toHaveProperty('cookie')
    expect((await ask('/people', {})).status).toBe(401)
  })
})

const POLL = { timeout: 5_000, interval: 20 }

function usual(issuer: string, more: object): JWTPayload {
  const seconds = Math.floor(Date.now() / 1000)
  const claims = {
    iss: issuer,
    sub: 'usr_1',
    iat: seconds,
    exp: seconds + 300,
    jti: createId('tok', Date.now()),
    ...more,
  }
  return Object.fromEntries(Object.entries(claims).filter(([, value]) => value !== undefined))
}

function claimsOf(token: string): JWTPayload {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
}

/** Somebody else's authorization server, as far as its keys go. */
type Login = { url: string; sign: (more: object) => Promise<string>; close: () => Promise<void> }

async function openLogin(): Promise<Login> {
  const key = await makeKey('login-1')
  const server: Server = createServer((request, response) => {
    if (request.url !== '/keys') response.writeHead(500).end()
    else response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ keys: [key.jwk] }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    sign: (more) =>
      new SignJWT(usual(LOGIN, { aud: API, ...more }))
        .setProtectedHeader({ alg: 'ES256', kid: key.kid, typ: 'JWT' })
        .sign(key.privateKey),
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
