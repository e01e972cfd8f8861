import { createServer, type Server } from 'node:https'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import * as oidc from 'openid-client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { backends, type World } from '../support/backends.ts'
import { makeCertificate } from '../support/certificates.ts'
import { type Control, openControl } from '../support/control.ts'
import { freePort } from '../support/keeper.ts'
import { openPage, press } from '../support/pages.ts'
import { makePerson } from '../support/people.ts'
import { CALLBACK, discover, follow, makeClient, signIn } from '../support/relying-party.ts'
import { makeClientKeys } from '../support/relying-party-keys.ts'

type Said = { readonly status?: number; readonly headers?: Record<string, string>; readonly body: unknown }

/** An https server of strangers: what it says at each path, and how often it was asked. */
async function openStranger() {
  const made = makeCertificate({ subject: { CN: 'localhost' }, host: 'localhost' })
  const before = getCACertificates('default')
  setDefaultCACertificates([...before, made.pem])
  const says = new Map<string, Said>()
  const asked: string[] = []
  const key = String(made.key.export({ type: 'pkcs8', format: 'pem' }))
  const server: Server = createServer({ cert: made.pem, key }, (request, response) => {
    const path = request.url ?? ''
    asked.push(path)
    const { status = 200, headers = {}, body } = says.get(path) ?? { status: 404, body: '' }
    response.writeHead(status, { 'content-type': 'application/json', ...headers })
    response.end(typeof body === 'string' ? body : JSON.stringify(body))
  })
  const port = await freePort()
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  const at = (path: string) => `https://localhost:${port}${path}`
  /** Publishes a client's document. @returns its id */
  const publish = (path: string, more: object = {}, said: Partial<Said> = {}) => {
    const client = { client_id: at(path), client_name: 'Agent', redirect_uris: [CALLBACK], ...more }
    says.set(path, { body: client, ...said })
    return at(path)
  }
  const close = async () => {
    setDefaultCACertificates(before)
    await new Promise((resolve) => server.close(resolve).closeAllConnections())
  }
  return { at, publish, says, asked, close }
}

const HOUSE = {
  SALLYPORT_GUARD_OUTBOUND_ALLOW_PRIVATE_NETWORKS: '["127.0.0.0/8","::1/128"]',
  SALLYPORT_GUARD_OUTBOUND_ALLOW_ANY_PORT: 'true',
}
const ON = {
  SALLYPORT_OAUTH_CLIENT_ID_METADATA_DOCUMENTS: 'true',
  SALLYPORT_OAUTH_RESOURCES: JSON.stringify([{ id: 'https://api.example.com', scopes: ['orders:read'] }]),
}

describe.each(backends)('clients that are a document (Client ID Metadata Documents), on $name', ({ open }) => {
  let world: World
  let control: Control
  let stranger: Awaited<ReturnType<typeof openStranger>>
  const others: Control[] = []

  beforeAll(async () => {
    world = await open()
    stranger = await openStranger()
    control = await openControl(world, { issuerHost: 'localhost', env: { ...ON, ...HOUSE } })
  })
  afterAll(async () => {
    await Promise.all([control, ...others].map((it) => it?.stop()))
    await stranger?.close()
    await world?.close()
  })

  const ask = async (id: string, at = control, more: Record<string, string> = {}) => {
    const url = new URL('/oauth/authorize', at.url)
    url.search = new URLSearchParams({
      client_id: id,
      redirect_uri: CALLBACK,
      response_type: 'code',
      scope: 'openid',
      state: 's',
      code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
      code_challenge_method: 'S256',
      ...more,
    }).toString()
    const { visitor } = await signIn(at)
    return { visitor, ...(await follow(visitor, url)) }
  }
  const isTaken = async (id: string, at = control) => (await ask(id, at)).url.pathname.startsWith('/oauth/interaction/')

  it('ask people, who see the host that is proved, and then get tokens', async () => {
    const id = stranger.publish('/agent')
    const { visitor } = await signIn(control, await makePerson(control, { roles: ['analyst'] }))
    const config = await discover(control, { id, secret: null })
    const verifier = oidc.randomPKCECodeVerifier()
    const url = oidc.buildAuthorizationUrl(config, {
      redirect_uri: CALLBACK,
      scope: 'openid orders:read',
      resource: 'https://api.example.com',
      code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      state: 'agent',
    })
    const asked = await openPage(visitor, url)
    expect(asked.url.pathname).toMatch(/^\/oauth\/interaction\//)
    expect(asked.html).toContain(`Agent (${new URL(id).host})`)
    const end = await press(visitor, asked, 'consent', { answer: 'allow' })
    const callback = 'callback' in end ? end.callback : end.url
    const expected = { pkceCodeVerifier: verifier, expectedState: 'agent' }
    const tokens = await oidc.authorizationCodeGrant(config, callback, expected)
    expect(tokens.scope).toBe('orders:read')
  })

  it('prove themselves by a key that the document names, or not at all', async () => {
    const keys = await makeClientKeys()
    const id = stranger.publish('/keys', { token_endpoint_auth_method: 'private_key_jwt', jwks: keys.jwks })
    const key = { key: keys.privateKey, kid: keys.kid }
    const config = await discover(control, { id, secret: null }, oidc.PrivateKeyJwt(key))
    const begun = oidc.buildAuthorizationUrlWithPAR(config, {
      redirect_uri: CALLBACK,
      scope: 'openid',
      code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
      code_challenge_method: 'S256',
    })
    expect((await begun).searchParams.get('request_uri')).toMatch(/^urn:/)
  })

  it('are read once, and again when their time is over; many questions at once are one', async () => {
    const id = stranger.publish('/once', {}, { headers: { 'cache-control': 'max-age=1' } })
    await Promise.all([isTaken(id), isTaken(id), isTaken(id)])
    expect(await isTaken(id)).toBe(true)
    expect(stranger.asked.filter((path) => path === '/once')).toHaveLength(1)
  })

  it.each([
    ['another id in it', '/wrong-id', { client_id: 'https://evil.example/agent' }, {}],
    ['a secret', '/secret', { client_secret: 'everybody reads this' }, {}],
    ['a way to prove itself by a secret', '/basic', { token_endpoint_auth_method: 'client_secret_basic' }, {}],
    ['a redirect address that is a script', '/script', { redirect_uris: ['javascript:alert(1)'] }, {}],
    ['a grant in its own name', '/own', { grant_types: ['client_credentials'] }, {}],
    ['a redirect', '/moved', {}, { status: 302, headers: { location: '/agent' } }],
    ['an error', '/error', {}, { status: 500 }],
    ['another type', '/html', {}, { headers: { 'content-type': 'text/html' } }],
    ['no JSON', '/text', {}, { body: 'nonsense' }],
    ['a list', '/list', {}, { body: [] }],
    ['a huge body', '/huge', { padding: 'x'.repeat(100_000) }, {}],
  ])('are nobody with %s', async (_what, path, more, said) => {
    stranger.publish('/agent')
    expect(await isTaken(stranger.publish(path, more, said))).toBe(false)
  })

  it.each([
    'https://localhost',
    'https://localhost/',
    'http://localhost/agent',
    'https://user@localhost/agent',
    'https://localhost/a/../agent',
    'https://localhost/agent#part',
    'https://LOCALHOST/agent',
    'https://localhost/%0a',
    `https://localhost/${'a'.repeat(600)}`,
  ])('are nobody at an address that others read otherwise: %s', async (id) => {
    const before = stranger.asked.length
    expect(await isTaken(id)).toBe(false)
    expect(stranger.asked.length).toBe(before)
  })

  it('are nobody inside the house, nor at another host than those that are named, nor where it is off', async () => {
    const id = stranger.publish('/agent')
    const guarded = await openControl(world, { issuerHost: 'localhost', env: ON })
    const named = await openControl(world, {
      issuerHost: 'localhost',
      env: { ...ON, ...HOUSE, SALLYPORT_OAUTH_CLIENT_ID_HOSTS: '["agents.example.com"]' },
    })
    const off = await openControl(world, { issuerHost: 'localhost', env: HOUSE })
    others.push(guarded, named, off)
    const before = stranger.asked.length
    for (const at of [guarded, named, off]) expect(await isTaken(id, at)).toBe(false)
    for (const inside of ['https://169.254.169.254/latest', 'https://10.0.0.1/agent', 'https://[::1]/agent'])
      expect(await isTaken(inside, guarded)).toBe(false)
    expect(stranger.asked.length).toBe(before)
  })

  it('are told of by discovery', async () => {
    const { body } = await control.call(null, 'GET', '/.well-known/oauth-authorization-server')
    expect(body.client_id_metadata_document_supported).toBe(true)
    expect((await makeClient(control)).id).toMatch(/^cli_/)
  })
})
