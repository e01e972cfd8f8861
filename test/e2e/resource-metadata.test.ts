import { SignJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createId } from '../../src/core/index.ts'
import { backends, type World } from '../support/backends.ts'
import { type Control, openControl } from '../support/control.ts'
import { openPlace, startUpstream, type Upstream } from '../support/sallyport.ts'

const ISSUER = 'https://id.example.com'
const LOGIN = 'https://login.example.com'
const API = 'https://api.example.com'

const settings = (upstream: string) => `
issuer: ${ISSUER}
oauth:
  resources:
    - { id: "${API}/mcp", name: Tools, scopes: ["tools:use", "tools:rare"] }
  issuers:
    - { issuer: ${LOGIN}, jwksUri: "${LOGIN}/keys", audiences: [${API}], algorithms: [ES256] }
gateway:
  trustedProxies: [127.0.0.2]
  clientCertificateHeader: Client-Cert
  upstreams: { api: { targets: ["${upstream}"] } }
  routes:
    - { id: tools, match: { path: /mcp/** }, upstream: api, authenticate: [jwt], tokens: { audience: "${API}/mcp", issuers: ["${ISSUER}"] }, require: { scopes: ["tools:use"] } }
    - { id: orders, match: { path: /orders, methods: [GET] }, upstream: api, authenticate: [apiKey, jwt], tokens: { audience: "${API}" }, require: { scopes: ["orders:read"] } }
    - { id: write, match: { path: /orders, methods: [POST] }, upstream: api, authenticate: [mtls], tokens: { audience: "${API}" }, require: { scopes: ["orders:write"] } }
    - { id: bound, match: { path: /bound }, upstream: api, authenticate: [dpop], tokens: { audience: "${API}/bound" }, require: { scopes: ["tools:use"] } }
    - { id: plain, match: { path: "/plain/{id}" }, upstream: api, authenticate: [jwt], require: { scopes: ["orders:read"] } }
    - { id: keys, match: { path: /keys }, upstream: api, authenticate: [apiKey], require: { scopes: ["orders:read"] } }
    - { id: open, match: { path: /open }, upstream: api, public: true }
    - { id: theirs, match: { path: /.well-known/** }, upstream: api, public: true }
`

// Nothing of this is kept anywhere, so one database will do.
describe('what the gateway tells about the APIs behind it', () => {
  let world: World
  let upstream: Upstream
  let here: Control

  beforeAll(async () => {
    const [first] = backends
    if (first === undefined) throw new Error('there is no database')
    world = await first.open()
    upstream = await startUpstream()
    here = await openControl(world, { role: 'all', env: { ...(await openPlace(world, settings(upstream.url))).env } })
  })

  afterAll(async () => {
    await here?.stop()
    await upstream?.close()
    await world?.close()
  })

  const ask = async (path: string, init: RequestInit = {}) => {
    const answer = await fetch(`${here.serving.gateway}${path}`, init)
    const text = await answer.text()
    const body = text === '' ? null : JSON.parse(text)
    return { status: answer.status, body, headers: answer.headers, challenge: answer.headers.get('www-authenticate') }
  }
  const about = (path: string) => ask(`/.well-known/oauth-protected-resource${path}`)
  const token = async (aud: string, scope: string) => {
    const { id, algorithm, privateKey } = here.serving.system.signingKeys.current()
    const seconds = Math.floor(Date.now() / 1000)
    const times = { iat: seconds, exp: seconds + 600, jti: createId('tok', Date.now()) }
    return new SignJWT({
      iss: ISSUER,
      sub: 'usr_1',
      aud,
      client_id: 'shop',
      scope,
      org: 'org_default',
      kind: 'user',
      ...times,
    })
      .setProtectedHeader({ alg: algorithm, kid: id, typ: 'at+jwt' })
      .sign(privateKey)
  }

  it('is said to everybody: what it is called, who issues tokens for it, and which scopes there are', async () => {
    const { status, body, headers } = await about('/mcp')
    expect(status).toBe(200)
    expect(body).toMatchObject({
      resource: `${API}/mcp`,
      resource_name: 'Tools',
      authorization_servers: [ISSUER],
      scopes_supported: ['tools:use', 'tools:rare'],
      bearer_methods_supported: ['header'],
      dpop_bound_access_tokens_required: false,
      tls_client_certificate_bound_access_tokens: false,
    })
    expect(body.dpop_signing_alg_values_supported).toContain('ES256')
    expect(headers.get('access-control-allow-origin')).toBe('*')
    expect(headers.get('content-type')).toBe('application/json')
  })

  it('is the same for all routes of one API, and what they ask for is said together', async () => {
    const { body } = await about('')
    expect(body).toMatchObject({
      resource: API,
      authorization_servers: [ISSUER, LOGIN],
      scopes_supported: ['orders:read', 'orders:write'],
      tls_client_certificate_bound_access_tokens: true,
    })
    expect((await about('/orders')).body).toEqual(body)
  })

  it('names the API that a path belongs to, also far below and where its tokens are for this server', async () => {
    expect((await about('/mcp/a/b')).body.resource).toBe(`${API}/mcp`)
    expect((await about('/plain/7')).body.resource).toBe(ISSUER)
    expect((await about('/bound')).body.dpop_bound_access_tokens_required).toBe(true)
  })

  it('is nothing where no tokens are taken: such a request goes to the routes', async () => {
    for (const path of ['/keys', '/open', '/nothing', '/../mcp', '/%6dcp', '//mcp', 'x']) {
      const before = upstream.seen.length
      const { body } = await about(path)
      expect(body?.resource, path).toBeUndefined()
      expect(upstream.seen.length - before, path).toBeLessThanOrEqual(1)
    }
    expect((await ask('/.well-known/oauth-protected-resource/mcp', { method: 'POST' })).body.resource).toBeUndefined()
  })

  it('can be read by pages of every origin, whatever headers they send', async () => {
    const headers = {
      origin: 'https://page.example',
      'access-control-request-method': 'GET',
      'access-control-request-headers': 'mcp-protocol-version',
    }
    const answer = await ask('/.well-known/oauth-protected-resource/mcp', { method: 'OPTIONS', headers })
    expect(answer.status).toBe(204)
    expect(answer.headers.get('access-control-allow-headers')).toBe('*')
    expect(answer.headers.get('access-control-allow-credentials')).toBeNull()
  })

  it('is named by who asks for a token, with the scopes that are needed', async () => {
    const { status, challenge } = await ask('/mcp')
    expect(status).toBe(401)
    expect(challenge).toMatch(/^Bearer realm="sallyport", scope="tools:use", resource_metadata="/)
    expect(challenge).toContain(`resource_metadata="${API}/.well-known/oauth-protected-resource/mcp"`)
    const bad = await ask('/mcp', { headers: { authorization: 'Bearer nothing' } })
    expect(bad.challenge).toContain('error="invalid_token"')
    expect(bad.challenge).toContain('/.well-known/oauth-protected-resource/mcp"')
    expect((await ask('/plain/7')).challenge).not.toContain('resource_metadata')
    expect((await ask('/keys')).challenge).not.toContain('resource_metadata')
  })

  it('is named too where a token lacks a scope; whoever came with a key is told nothing of tokens', async () => {
    const few = { authorization: `Bearer ${await token(API, 'other')}` }
    const answer = await ask('/orders', { headers: few })
    expect([answer.status, answer.body.code]).toEqual([403, 'SCOPE_MISSING'])
    expect(answer.challenge).toBe(
      `Bearer realm="sallyport", error="insufficient_scope", scope="orders:read", resource_metadata="${API}/.well-known/oauth-protected-resource"`,
    )
    const { key } = await here.keyWith([], { scopes: ['other'] })
    const withKey = await ask('/orders', { headers: { 'x-api-key': key } })
    expect([withKey.status, withKey.body.code, withKey.challenge]).toEqual([403, 'SCOPE_MISSING', null])
    const good = { authorization: `Bearer ${await token(API, 'orders:read')}` }
    expect((await ask('/orders', { headers: good })).status).toBe(200)
  })
})
