import { generateKeyPairSync } from 'node:crypto'
import Provider, { type Configuration } from 'oidc-provider'
import { describe, expect, it } from 'vitest'
import { DEVICE_CODE, type OauthClient } from './client.ts'
import { metadataOf, UNKNOWN_SECRET } from './client-metadata.ts'
import { clientFaults } from './faults.ts'
import { clientOfMetadata } from './read-metadata.ts'
import { type SaidSettings, settingsOf } from './settings.ts'

const ID = 'cli_1hq3v0c9kd5m7w2x8p4t6r1a'
const WEB = { name: 'shop', redirectUris: ['https://shop.example.com/callback'] }
const jwks = { keys: [generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' })] }

function clientWith(said: SaidSettings): OauthClient {
  const settings = settingsOf(said)
  expect(clientFaults(settings)).toEqual([])
  const stamp = { createdAt: 1_800_000_000_000, createdBy: 'x', updatedAt: 1_800_000_000_000, updatedBy: 'x' }
  const rest = { organization: 'org_default', enabled: true, secrets: [], lastUsedAt: null, version: 1 }
  return { ...settings, ...stamp, ...rest, id: ID, source: 'admin' }
}

const KINDS: readonly (readonly [string, SaidSettings])[] = [
  ['a web application', WEB],
  ['a page', { ...WEB, kind: 'public', corsOrigins: ['https://shop.example.com'] }],
  [
    'a native application',
    {
      name: 'app',
      kind: 'public',
      applicationType: 'native',
      redirectUris: ['com.example.app:/cb', 'http://127.0.0.1/cb'],
    },
  ],
  ['a service', { name: 'billing', grants: ['client_credentials'] }],
  [
    'a service with a key',
    { name: 'billing', grants: ['client_credentials'], authentication: 'private_key_jwt', jwks },
  ],
  [
    'a service with a certificate',
    {
      name: 'billing',
      grants: ['client_credentials'],
      authentication: 'tls_client_auth',
      tlsSubject: { by: 'san_dns', value: 'billing.example.com' },
      tlsBound: true,
    },
  ],
  ['a device', { name: 'tv', kind: 'public', grants: [DEVICE_CODE, 'refresh_token'] }],
  [
    'a bank',
    {
      ...WEB,
      fapi2: true,
      authentication: 'private_key_jwt',
      jwks,
      idTokenAlgorithm: 'PS256',
      userinfoAlgorithm: 'ES256',
    },
  ],
  ['one who asks in another window', { name: 'till', grants: ['urn:openid:params:grant-type:ciba'] }],
  [
    'one with subjects of its own, a logo and logout',
    {
      ...WEB,
      subject: 'pairwise',
      logoUri: 'https://shop.example.com/logo.png',
      contacts: ['ada@example.com'],
      backchannelLogoutUri: 'https://shop.example.com/out',
      backchannelLogoutSessionRequired: true,
      postLogoutRedirectUris: ['https://shop.example.com/'],
    },
  ],
]

const ours = [
  generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' }),
  generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' }),
]

const CONFIGURATION = {
  jwks: { keys: ours },
  cookies: { keys: ['x'] },
  scopes: ['openid', 'offline_access', 'profile', 'email'],
  responseTypes: ['code'],
  subjectTypes: ['public', 'pairwise'],
  pairwiseIdentifier: async () => 'one',
  enabledJWA: {
    idTokenSigningAlgValues: ['ES256', 'PS256', 'RS256'],
    userinfoSigningAlgValues: ['ES256'],
  },
  clientAuthMethods: ['none', 'client_secret_basic', 'private_key_jwt', 'tls_client_auth'],
  clientDefaults: { id_token_signed_response_alg: 'ES256', authorization_signed_response_alg: 'ES256' },
  features: {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    deviceFlow: { enabled: true },
    jwtUserinfo: { enabled: true },
    backchannelLogout: { enabled: true },
    ciba: { enabled: true, deliveryModes: ['poll'] },
    mTLS: { enabled: true, tlsClientAuth: true, certificateBoundAccessTokens: true },
  },
} as const

const known = new Set<string>(CONFIGURATION.scopes)

function providerOf(client: OauthClient): Provider {
  const adapter = () => ({ find: async () => metadataOf(client, known) })
  return new Provider('https://id.example.com', { ...CONFIGURATION, adapter } as unknown as Configuration)
}

describe('a client in the words of the standard', () => {
  it.each(KINDS)('%s is taken by the library as it is', async (_kind, said) => {
    const client = clientWith(said)
    const found = await providerOf(client).Client.find(ID)
    expect(found).toMatchObject({ clientId: ID, clientName: said.name, grantTypes: client.grants })
    expect(found?.clientSecret).toBe(client.authentication === 'client_secret_basic' ? UNKNOWN_SECRET : undefined)
  })

  it.each(KINDS)('%s is read back as it was, but for what an administrator alone gives', (_kind, said) => {
    const client = clientWith(said)
    const read = clientOfMetadata(metadataOf(client))
    if (!read.ok) throw new Error(JSON.stringify(read.faults))
    expect({ ...client, corsOrigins: [], fapi2: false }).toMatchObject(read.settings)
  })

  it('names no scope that the library does not know', () => {
    const client = clientWith({ ...WEB, scopes: ['openid', 'orders:read'] })
    expect(metadataOf(client, known).scope).toBe('openid')
    expect(metadataOf(client).scope).toBe('openid orders:read')
  })
})

/** What a stranger sends, and the names of the standard that are refused. */
const REFUSED: readonly (readonly [string, object, readonly string[]])[] = [
  [
    'a secret of the kind that must be known',
    { token_endpoint_auth_method: 'client_secret_jwt' },
    ['token_endpoint_auth_method'],
  ],
  ['the implicit grant', { grant_types: ['implicit'] }, ['grant_types']],
  ['tokens in the address', { response_types: ['token'] }, ['response_types']],
  ['an address that is no list', { redirect_uris: 'https://a.example.com/cb' }, ['redirect_uris']],
  ['an address with a fragment', { redirect_uris: ['https://a.example.com/cb#x'] }, ['redirect_uris.0']],
  ['no address', { redirect_uris: [] }, ['redirect_uris']],
  ['a name of another kind', { client_name: 7 }, ['client_name']],
  ['keys that are none', { jwks: 'x' }, ['jwks']],
  ['keys that are no keys', { jwks: { keys: [7] } }, ['jwks']],
  ['two ways to its keys', { jwks, jwks_uri: 'https://a.example.com/keys' }, ['jwks']],
  ['a flag in quotes', { dpop_bound_access_tokens: 'true' }, ['dpop_bound_access_tokens']],
  ['an algorithm that signs nothing', { id_token_signed_response_alg: 'none' }, ['id_token_signed_response_alg']],
  ['every scope', { scope: 'openid *' }, ['scope.1']],
  [
    'two names of a certificate',
    {
      token_endpoint_auth_method: 'tls_client_auth',
      tls_client_auth_san_dns: 'a',
      tls_client_auth_san_ip: '192.0.2.1',
    },
    ['tls_client_auth_san_dns'],
  ],
  ['a certificate without a name', { token_endpoint_auth_method: 'tls_client_auth' }, ['tls_client_auth_subject_dn']],
  [
    'a client that cannot prove itself and acts alone',
    { token_endpoint_auth_method: 'none', grant_types: ['authorization_code', 'client_credentials'] },
    ['grant_types'],
  ],
]

describe('what a client says about itself', () => {
  const sent = { client_name: 'App', redirect_uris: ['https://a.example.com/cb'] }

  it.each(REFUSED)('%s is refused at the name of the standard', (_what, more, paths) => {
    const read = clientOfMetadata({ ...sent, ...more })
    expect(read.ok ? [] : read.faults.map(({ path }) => path)).toEqual(paths)
  })

  it('gives it nothing that an administrator alone gives, and what is not known is left aside', () => {
    const read = clientOfMetadata({
      ...sent,
      firstParty: true,
      consent: 'never',
      permissions: ['*'],
      roles: ['admin'],
      passwordTokens: true,
      id: ID,
      client_id: ID,
      client_secret: 'chosen',
      software_id: 'x',
    })
    if (!read.ok) throw new Error(JSON.stringify(read.faults))
    expect(read.settings).toEqual(
      settingsOf({ ...WEB, name: 'App', redirectUris: sent.redirect_uris, grants: ['authorization_code'] }),
    )
  })

  it('makes one that proves nothing public', () => {
    const read = clientOfMetadata({ ...sent, token_endpoint_auth_method: 'none' })
    expect(read).toMatchObject({ ok: true, settings: { kind: 'public', authentication: 'none' } })
  })
})
