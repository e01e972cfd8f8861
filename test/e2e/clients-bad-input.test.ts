import { generateKeyPairSync } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { backends, type World } from '../support/backends.ts'
import { type Control, openControl } from '../support/control.ts'

const [small] = backends
const WEB = { name: 'shop', redirectUris: ['https://shop.example.com/callback'] }
const NATIVE = { name: 'app', kind: 'public', applicationType: 'native' }
const SERVICE = { name: 'billing', grants: ['client_credentials'] }
const KEYED = { ...WEB, authentication: 'private_key_jwt', jwksUri: 'https://shop.example.com/keys' }
const DEVICE = 'urn:ietf:params:oauth:grant-type:device_code'

const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const publicKey = ec.publicKey.export({ format: 'jwk' })
const weak = generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey.export({ format: 'jwk' })

const ADDRESSES = [
  'http://shop.example.com/callback',
  'http://localhost/callback',
  '//shop.example.com/callback',
  '/callback',
  'callback',
  'javascript:alert(1)',
  'data:text/html,x',
  'com.example.app:/callback',
  'https://*.example.com/callback',
  'https://shop.example.com/*',
  'https://shop.example.com/callback#fragment',
  'https://shop.example.com/callback#',
  'https://user@shop.example.com/callback',
  'https://user:word@shop.example.com/callback',
  'https://@shop.example.com/callback',
  'https://shop.example.com/a/../callback',
  'https://shop.example.com/a/..',
  'https://shop.example.com/./callback',
  'https://shop.example.com/%2e%2e/callback',
  'https://shop.example.com/%2E%2E/callback',
  'https://shop.example.com/a%2fb',
  'https://shop.example.com/a%5cb',
  'https://shop.example.com/a%00b',
  'https://shop.example.com/a%0d%0ab',
  'https://shop.example.com/a%252fb',
  'https://shop.example.com/a%zz',
  'https://shop.example.com/%c0%ae%c0%ae/callback',
  'https://shop.example.com/%ff',
  'https://shop.example.com\\@evil.example.com/',
  'https:\\\\shop.example.com/callback',
  'https:/shop.example.com/callback',
  'https://SHOP.example.com/callback',
  'HTTPS://shop.example.com/callback',
  'https://shop.example.com:443/callback',
  'https://shöp.example.com/callback',
  'https://shop.example.com/ca llback',
  ' https://shop.example.com/callback',
  'https://shop.example.com/call\nback',
  'https://0x7f.1/callback',
  'https://shop.example.com/callback?code=1',
  'https://shop.example.com/callback?state=1',
  'https://shop.example.com/callback?iss=1',
  'https://shop.example.com/callback?error=1',
  'https://',
  `https://shop.example.com/${'a'.repeat(512)}`,
]

const NATIVE_ADDRESSES = [
  'http://192.168.0.1/callback',
  'http://localhost.evil.example.com/callback',
  'http://127.0.0.1.evil.example.com/callback',
  'https://localhost/callback',
  'https://127.0.0.1/callback',
  'myapp:/callback',
  'myapp://callback',
  'com.example.app:callback',
  'com.example.app:/a/../callback',
  'file:///etc/passwd',
  'intent://x#Intent;end',
]

const GOOD = [
  [WEB, 'https://shop.example.com'],
  [WEB, 'https://shop.example.com/callback?tenant=1'],
  [WEB, 'https://shop.example.com:8443/callback'],
  [NATIVE, 'http://127.0.0.1/callback'],
  [NATIVE, 'http://[::1]:4567/callback'],
  [NATIVE, 'com.example.app:/callback'],
  [NATIVE, 'com.example.app://callback'],
] as const

/** What is sent, and the fields that are wrong with it. */
const COMBINATIONS: readonly (readonly [string, object, readonly string[]])[] = [
  ['no way to tokens', { ...SERVICE, grants: [] }, ['grants']],
  ['the implicit grant', { ...WEB, grants: ['implicit'] }, ['grants.0']],
  ['the password grant', { ...WEB, grants: ['password'] }, ['grants.0']],
  ['client_secret_jwt', { ...WEB, authentication: 'client_secret_jwt' }, ['authentication']],
  ['a public client that acts in its own name', { ...SERVICE, kind: 'public' }, ['grants']],
  [
    'a public client that exchanges tokens',
    { ...WEB, kind: 'public', grants: ['authorization_code', 'urn:ietf:params:oauth:grant-type:token-exchange'] },
    ['grants'],
  ],
  [
    'a public client with a secret',
    { ...WEB, kind: 'public', authentication: 'client_secret_basic' },
    ['authentication'],
  ],
  ['a public client with a key', { ...KEYED, kind: 'public' }, ['authentication']],
  ['a confidential client that proves nothing', { ...WEB, authentication: 'none' }, ['authentication']],
  ['no address to go back to', { name: 'shop' }, ['redirectUris']],
  ['an address that nobody goes back to', { ...WEB, ...SERVICE }, ['redirectUris']],
  ['the same address twice', { ...WEB, redirectUris: [...WEB.redirectUris, ...WEB.redirectUris] }, ['redirectUris']],
  ['refresh tokens of nobody', { ...SERVICE, grants: ['client_credentials', 'refresh_token'] }, ['grants']],
  [
    'offline_access without refresh tokens',
    { ...WEB, grants: ['authorization_code'], scopes: ['openid', 'offline_access'] },
    ['scopes'],
  ],
  ['every scope', { ...WEB, scopes: ['*'] }, ['scopes.0']],
  ['consent never asked for, of others', { ...WEB, consent: 'never' }, ['consent']],
  [
    'consent never asked for, where others can answer',
    { ...NATIVE, redirectUris: ['com.example.app:/cb'], firstParty: true, consent: 'never' },
    ['consent'],
  ],
  ['passwords of people, for others', { ...WEB, passwordTokens: true }, ['passwordTokens']],
  ['rare rotation of a public client', { ...WEB, kind: 'public', refresh: 'threshold' }, ['refresh']],
  ['roles of a client that never acts alone', { ...WEB, roles: ['read_only'] }, ['roles']],
  ['permissions of a client that never acts alone', { ...WEB, permissions: ['orders:read'] }, ['permissions']],
  ['a role that there is not', { ...SERVICE, roles: ['wizard'] }, ['roles']],
  ['a permission of no form', { ...SERVICE, permissions: ['orders read'] }, ['permissions.0']],
  ['two ways to its keys', { ...KEYED, jwks: { keys: [publicKey] } }, ['jwks']],
  ['no key where one proves it', { ...WEB, authentication: 'private_key_jwt' }, ['jwks']],
  ['no key where requests are signed', { ...WEB, requireSignedRequests: true }, ['jwks']],
  ['a private key', { ...WEB, jwks: { keys: [ec.privateKey.export({ format: 'jwk' })] } }, ['jwks.keys.0']],
  ['a shared key', { ...WEB, jwks: { keys: [{ kty: 'oct', k: 'AAAA' }] } }, ['jwks.keys.0']],
  ['a weak key', { ...WEB, jwks: { keys: [weak] } }, ['jwks.keys.0']],
  ['a key that is none', { ...WEB, jwks: { keys: [{ kty: 'EC', crv: 'P-256', x: '1', y: '2' }] } }, ['jwks.keys.0']],
  [
    'two keys of one name',
    {
      ...WEB,
      jwks: {
        keys: [
          { ...publicKey, kid: 'a' },
          { ...publicKey, kid: 'a' },
        ],
      },
    },
    ['jwks.keys'],
  ],
  ['keys over plain http', { ...KEYED, jwksUri: 'http://shop.example.com/keys' }, ['jwksUri']],
  ['a certificate without a name', { ...WEB, authentication: 'tls_client_auth' }, ['tlsSubject']],
  ['a name without a certificate', { ...WEB, tlsSubject: { by: 'san_dns', value: 'a.example' } }, ['tlsSubject']],
  ['tokens bound twice', { ...WEB, dpopBound: true, tlsBound: true }, ['dpopBound']],
  ['a code that lives too long', { ...WEB, lifetimes: { codeSeconds: 601 } }, ['lifetimes.codeSeconds']],
  [
    'an access token that lives too long',
    { ...WEB, lifetimes: { accessTokenSeconds: 3601 } },
    ['lifetimes.accessTokenSeconds'],
  ],
  [
    'a logout over plain http',
    { ...WEB, backchannelLogoutUri: 'http://shop.example.com/out' },
    ['backchannelLogoutUri'],
  ],
  [
    'a session asked for by nobody',
    { ...WEB, backchannelLogoutSessionRequired: true },
    ['backchannelLogoutSessionRequired'],
  ],
  ['an origin with a path', { ...WEB, corsOrigins: ['https://shop.example.com/'] }, ['corsOrigins.0']],
  ['every origin', { ...WEB, corsOrigins: ['*'] }, ['corsOrigins.0']],
  ['a picture over plain http', { ...WEB, logoUri: 'http://shop.example.com/logo.png' }, ['logoUri']],
  ['a contact that is no address', { ...WEB, contacts: ['ada'] }, ['contacts.0']],
  ['an API by a relative name', { ...WEB, resources: ['orders'] }, ['resources.0']],
  ['an API that there is not', { ...WEB, resources: ['https://api.example.com'] }, ['resources.0']],
  ['passwords of people, by a key', { ...KEYED, firstParty: true, passwordTokens: true }, ['passwordTokens']],
  [
    'passwords of people, for tokens with a key',
    { ...WEB, firstParty: true, passwordTokens: true, dpopBound: true },
    ['passwordTokens'],
  ],
  [
    'passwords of people, for tokens with a certificate',
    { ...WEB, firstParty: true, passwordTokens: true, tlsBound: true },
    ['passwordTokens'],
  ],
  [
    'subjects of its own over two hosts',
    { ...WEB, subject: 'pairwise', redirectUris: [...WEB.redirectUris, 'https://other.example.com/cb'] },
    ['subject'],
  ],
  ['subjects of its own on a device', { name: 'tv', grants: [DEVICE], subject: 'pairwise' }, ['subject', 'subject']],
  ['fapi2 of a public client', { ...WEB, kind: 'public', fapi2: true }, ['kind']],
  ['fapi2 with a secret', { ...WEB, fapi2: true }, ['authentication']],
  ['fapi2 without pushed requests', { ...KEYED, fapi2: true, requirePar: false }, ['requirePar']],
  ['fapi2 with tokens for whoever has them', { ...KEYED, fapi2: true, dpopBound: false }, ['dpopBound']],
  [
    'fapi2 with RS256, which nothing here signs by',
    { ...KEYED, fapi2: true, idTokenAlgorithm: 'RS256' },
    ['idTokenAlgorithm', 'idTokenAlgorithm'],
  ],
  ['a secret that ended before it began', { ...WEB, secretExpiresAt: '2020-01-01T00:00:00Z' }, ['secretExpiresAt']],
  ['a secret to end where there is none', { ...KEYED, secretExpiresAt: '2030-01-01T00:00:00Z' }, ['secretExpiresAt']],
  ['a name of nothing but spaces', { ...WEB, name: '   ' }, ['name']],
  ['a name that turns around', { ...WEB, name: 'knaB ym\u202e' }, ['name']],
  ['a field that there is not', { ...WEB, secret: 'chosen' }, ['secret']],
  ['an id of its own choice', { ...WEB, id: 'cli_mine' }, ['id']],
]

describe('what a client cannot be', { timeout: 60_000 }, () => {
  let world: World
  let control: Control
  let admin: string

  beforeAll(async () => {
    world = await (small as NonNullable<typeof small>).open()
    control = await openControl(world)
    admin = (await control.keyWith(['*'], { scopes: ['*'] })).key
  })
  afterAll(async () => {
    await control?.stop()
    await world?.close()
  })

  const make = (body: unknown) => control.call(admin, 'POST', '/v1/clients', body)
  const faultsOf = async (body: unknown) => {
    const { status, body: answer } = await make(body)
    expect([status, answer.code], JSON.stringify(answer)).toEqual([400, 'INPUT_INVALID'])
    return answer.errors.map(({ path }: { path: string }) => path)
  }

  it.each(ADDRESSES)('a web application is not sent back to %j', async (address) => {
    expect(new Set(await faultsOf({ ...WEB, redirectUris: [address] }))).toEqual(new Set(['redirectUris.0']))
    expect(await faultsOf({ ...WEB, postLogoutRedirectUris: [address] })).toContain('postLogoutRedirectUris.0')
  })

  it.each(NATIVE_ADDRESSES)('a native application is not sent back to %j', async (address) => {
    expect(await faultsOf({ ...NATIVE, redirectUris: [address] })).toEqual(['redirectUris.0'])
  })

  it.each(GOOD)('%j is sent back to %j', async (client, address) => {
    const made = await make({ ...client, redirectUris: [address] })
    expect([made.status, made.body.redirectUris]).toEqual([201, [address]])
  })

  it.each(COMBINATIONS)('%s is refused at its field', async (_what, body, paths) => {
    expect(await faultsOf(body)).toEqual(paths)
  })

  it('all that is wrong is told at once', async () => {
    const paths = await faultsOf({ ...WEB, kind: 'public', refresh: 'threshold', consent: 'never', fapi2: true })
    expect(paths).toEqual(['refresh', 'consent', 'kind'])
  })

  it('more addresses than anybody needs are refused', async () => {
    const redirectUris = Array.from({ length: 51 }, (_, i) => `https://shop.example.com/${i}`)
    expect(await faultsOf({ ...WEB, redirectUris })).toEqual(['redirectUris'])
  })

  it('what a change would make wrong is refused, and nothing of it stays', async () => {
    const { body } = await make(WEB)
    const changed = await control.call(admin, 'PATCH', `/v1/clients/${body.id}`, { name: 'new', kind: 'public' })
    expect([changed.status, changed.body.errors[0].path]).toEqual([400, 'authentication'])
    const read = await control.call(admin, 'GET', `/v1/clients/${body.id}`)
    expect(read.body).toMatchObject({ name: 'shop', version: 1 })
  })

  it('the server itself is an API that a client may be for', async () => {
    const resources = [control.serving.system.config.issuer]
    expect((await make({ ...WEB, resources })).status).toBe(201)
  })

  it('a change to what the server has nothing for is refused, and says what to do', async () => {
    const place = await (small as NonNullable<typeof small>).open()
    const plain = await openControl(place, { env: { SALLYPORT_OAUTH_SIGNING_KEYS_ALGORITHMS: '["RS256"]' } })
    const { key } = await plain.keyWith(['*'], { scopes: ['*'] })
    const { body } = await plain.call(key, 'POST', '/v1/clients', KEYED)
    const change = {
      resources: ['https://api.example.com'],
      fapi2: true,
      requirePar: true,
      dpopBound: true,
      idTokenAlgorithm: 'EdDSA',
    }
    const changed = await plain.call(key, 'PATCH', `/v1/clients/${body.id}`, change)
    await plain.stop()
    await place.close()
    expect(changed.body.errors).toMatchObject([
      { path: 'resources.0', message: expect.stringContaining('oauth.resources') },
      { path: 'idTokenAlgorithm', message: expect.stringContaining('no key here signs by EdDSA') },
      { path: 'fapi2', message: expect.stringContaining('oauth.signingKeys.algorithms') },
    ])
  })

  it('a change of nothing, an id of another form and a tag that is none are refused', async () => {
    const { body } = await make(WEB)
    expect((await control.call(admin, 'PATCH', `/v1/clients/${body.id}`, {})).status).toBe(400)
    expect((await control.call(admin, 'GET', '/v1/clients/cli_1')).status).toBe(400)
    const tagged = { 'if-match': 'W/"1"' }
    expect((await control.call(admin, 'DELETE', `/v1/clients/${body.id}`, undefined, tagged)).status).toBe(400)
    const bare = await control.call(admin, 'POST', `/v1/clients/${body.id}/secrets`, {
      expiresAt: '2020-01-01T00:00:00Z',
    })
    expect(bare.body.errors[0].path).toBe('expiresAt')
  })
})
