import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as oidc from 'openid-client'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startApache } from '../support/apache.ts'
import { backends, canUse, type World } from '../support/backends.ts'
import { makeCertificate } from '../support/certificates.ts'
import { type Control, openControl } from '../support/control.ts'
import { freePort } from '../support/keeper.ts'
import { makePerson } from '../support/people.ts'
import { discover, follow, makeClient, signIn } from '../support/relying-party.ts'
import type { PrivateServer } from '../support/server.ts'
import { openVisitor, type Visitor } from '../support/visitor.ts'

const API = 'https://api.example.com'
// The module sends nobody away who does not come for a page.
const COMES = { accept: 'text/html', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' }
const POLL = { timeout: 15_000, interval: 50 }

describe.skipIf(!canUse.apache).each(backends)('Apache with mod_auth_openidc, unchanged, on $name,', ({ open }) => {
  let world: World
  let control: Control
  let door: string
  let apache: PrivateServer
  let caller: oidc.Configuration
  let browser: Visitor

  beforeAll(async () => {
    world = await open()
    control = await openControl(world, {
      issuerHost: 'localhost',
      env: {
        SALLYPORT_OAUTH_RESOURCES: JSON.stringify([{ id: API, scopes: ['orders:read', 'orders:write'] }]),
        SALLYPORT_GUARD_OUTBOUND_ALLOW_INSECURE_HTTP: 'true',
        SALLYPORT_GUARD_OUTBOUND_ALLOW_ANY_PORT: 'true',
        SALLYPORT_GUARD_OUTBOUND_ALLOW_PRIVATE_NETWORKS: '["127.0.0.0/8"]',
        ...(await tlsDoor()),
      },
    })
    apache = await startApache(configured)
    const grants = ['client_credentials'] as const
    const wish = { redirectUris: [], grants, scopes: ['orders:read', 'orders:write'], permissions: ['orders:*'] }
    caller = await discover(control, await makeClient(control, { ...wish, firstParty: false, consent: 'once' }))
  })
  afterAll(async () => {
    await apache?.stop()
    await control?.stop()
    await world?.close()
  })

  beforeEach(() => {
    browser = openVisitor(apache.url)
  })

  // The module asks about tokens over TLS alone.
  async function tlsDoor(): Promise<Record<string, string>> {
    const port = await freePort()
    door = `https://localhost:${port}`
    const { pem, key } = makeCertificate({ subject: { CN: 'localhost' }, host: 'localhost' })
    const files = { cert: pem, key: String(key.export({ type: 'pkcs8', format: 'pem' })) }
    for (const [name, text] of Object.entries(files)) await writeFile(join(world.dataDir, `${name}.pem`), text)
    return {
      SALLYPORT_CONTROL_TLS_PORT: String(port),
      SALLYPORT_CONTROL_TLS_ADDRESS: door,
      SALLYPORT_CONTROL_TLS_CERT: join(world.dataDir, 'cert.pem'),
      SALLYPORT_CONTROL_TLS_KEY: join(world.dataDir, 'key.pem'),
      SALLYPORT_CONTROL_TLS_CLIENT_CA: join(world.dataDir, 'cert.pem'),
    }
  }

  /** A file as the module's documentation writes it. */
  async function configured(url: string): Promise<string[]> {
    const { id, secret } = await makeClient(control, {
      applicationType: 'native',
      redirectUris: [`${url}/private/callback`],
      postLogoutRedirectUris: [`${url}/left`],
      backchannelLogoutUri: `${url}/private/callback?logout=backchannel`,
      scopes: ['openid', 'email', 'roles'],
      resources: [API],
    })
    return [
      `OIDCProviderMetadataURL ${control.url}/.well-known/openid-configuration`,
      `OIDCClientID ${id}`,
      `OIDCClientSecret ${secret}`,
      `OIDCRedirectURI ${url}/private/callback`,
      'OIDCCryptoPassphrase of-this-apache-alone',
      'OIDCPKCEMethod S256',
      'OIDCScope "openid email roles"',
      'OIDCRemoteUserClaim email',
      `OIDCOAuthIntrospectionEndpoint ${door}/oauth/introspect`,
      'OIDCOAuthSSLValidateServer Off',
      `OIDCOAuthClientID ${id}`,
      `OIDCOAuthClientSecret ${secret}`,
      'OIDCOAuthRemoteUserClaim client_id',
      'Header always set X-User "expr=%{REMOTE_USER}"',
      ...place('/private', 'openid-connect', 'valid-user'),
      ...place('/reports', 'openid-connect', 'claim roles:analyst'),
      ...place('/api', 'oauth20', 'claim "scope~(.* )?orders:write( .*)?$"'),
    ]
  }

  const place = (path: string, type: string, needs: string) => [
    `<Location ${path}>`,
    `AuthType ${type}`,
    `Require ${needs}`,
    '</Location>',
  ]

  /** Goes to a page of Apache’s as somebody who is signed in with us, and comes back to Apache. */
  async function enter(path: string, visitor: Visitor) {
    const sent = await browser.get(path, undefined, COMES)
    expect(sent.status).toBe(302)
    const { url: callback } = await follow(visitor, sent.headers.get('location') ?? '')
    const back = await browser.get(callback.pathname + callback.search, undefined, COMES)
    expect([back.status, back.headers.get('location')]).toEqual([302, new URL(path, apache.url).href])
    return seen(path)
  }

  /** There is no such file, and who is not let in does not hear of that. */
  async function seen(path: string) {
    const { status, headers } = await browser.get(path, undefined, COMES)
    return [status, headers.get('x-user') ?? '']
  }

  it('signs a person in, knows the address and the roles, and lets nobody else in', async () => {
    const analyst = await signIn(control, await makePerson(control, { roles: ['analyst'] }))
    expect(await enter('/private/page', analyst.visitor)).toEqual([404, analyst.person.email])
    expect(await seen('/reports/page')).toEqual([404, analyst.person.email])
    browser.forget()
    const other = await signIn(control)
    expect(await enter('/private/page', other.visitor)).toEqual([404, other.person.email])
    expect((await seen('/reports/page'))[0]).toBe(401)
  })

  it('signs a person out of both, and lets the browser come back', async () => {
    const { visitor } = await signIn(control)
    await enter('/private/page', visitor)
    const leaving = await browser.get(
      `/private/callback?logout=${encodeURIComponent(`${apache.url}/left`)}`,
      undefined,
      COMES,
    )
    const { url, body } = await follow(visitor, leaving.headers.get('location') ?? '')
    expect(url.pathname).toBe('/oauth/logout')
    const xsrf = /name="xsrf" value="([^"]+)"/.exec(String(body))?.[1] ?? ''
    const left = await visitor.post('/oauth/logout/confirm', new URLSearchParams({ xsrf, logout: 'yes' }))
    expect(String(left.headers.get('location') ?? left.body)).toContain(`${apache.url}/left`)
    expect((await seen('/private/page'))[0]).toBe(302)
    expect((await visitor.get('/v1/account/sessions')).status).toBe(401)
  })

  it('hears by the back channel that a session ended elsewhere', async () => {
    const { visitor, person } = await signIn(control)
    expect(await enter('/private/page', visitor)).toEqual([404, person.email])
    await visitor.post('/v1/auth/logout', {})
    await expect.poll(async () => (await seen('/private/page'))[0], POLL).toBe(302)
  })

  it('takes access tokens by introspection, with the scope that it wants', async () => {
    const ask = async (token: string) => {
      const { status, headers } = await browser.get('/api/orders', undefined, { authorization: `Bearer ${token}` })
      return [status, headers.get('x-user') ?? '']
    }
    const tokenFor = async (scope: string) =>
      (await oidc.clientCredentialsGrant(caller, { scope, resource: API })).access_token
    const token = await tokenFor('orders:read orders:write')
    expect(await ask(token)).toEqual([404, caller.clientMetadata().client_id])
    expect((await ask(await tokenFor('orders:read')))[0]).toBe(401)
    expect((await ask(`${token.slice(0, -4)}AAAA`))[0]).toBe(401)
    const revoked = await tokenFor('orders:write')
    await oidc.tokenRevocation(caller, revoked)
    expect((await ask(revoked))[0]).toBe(401)
  })
})
