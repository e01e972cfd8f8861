import { createPublicKey, hash, X509Certificate } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { request } from 'node:https'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { decodeJwt } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { backends, type World } from '../support/backends.ts'
import { type MadeCertificate, makeCertificate } from '../support/certificates.ts'
import { type Control, openControl } from '../support/control.ts'
import { freePort } from '../support/keeper.ts'
import { makeClient } from '../support/relying-party.ts'

const API = 'https://api.example.com'
const service = {
  grants: ['client_credentials'],
  scopes: ['orders:read'],
  redirectUris: [],
  firstParty: false,
  consent: 'once',
} as const

const pemOfKey = ({ key }: MadeCertificate) => String(key.export({ type: 'pkcs8', format: 'pem' }))

describe.each(backends)('clients with a certificate (RFC 8705), on $name', ({ open }) => {
  const authority = makeCertificate({ subject: { CN: 'Clients' }, ca: true })
  const shop = makeCertificate({
    subject: { C: 'DE', O: 'Example, Inc.', CN: 'shop' },
    issuer: authority,
    host: 'shop.example.com',
    names: { uri: 'https://shop.example.com/it', email: 'shop@example.com', ip: '192.0.2.7' },
  })
  const own = makeCertificate({ subject: { CN: 'own' } })
  let world: World
  let control: Control
  let door: string
  let server: MadeCertificate

  beforeAll(async () => {
    world = await open()
    server = makeCertificate({ subject: { CN: 'localhost' }, host: 'localhost' })
    const files = { cert: server.pem, key: pemOfKey(server), ca: authority.pem }
    for (const [name, pem] of Object.entries(files)) await writeFile(join(world.dataDir, `${name}.pem`), pem)
    const port = await freePort()
    door = `https://localhost:${port}`
    const env = {
      SALLYPORT_OAUTH_RESOURCES: JSON.stringify([{ id: API, scopes: ['orders:read'] }]),
      SALLYPORT_CONTROL_TLS_PORT: String(port),
      SALLYPORT_CONTROL_TLS_ADDRESS: door,
      SALLYPORT_CONTROL_TLS_CERT: join(world.dataDir, 'cert.pem'),
      SALLYPORT_CONTROL_TLS_KEY: join(world.dataDir, 'key.pem'),
      SALLYPORT_CONTROL_TLS_CLIENT_CA: join(world.dataDir, 'ca.pem'),
    }
    control = await openControl(world, { issuerHost: 'localhost', env })
  })
  afterAll(async () => {
    await control?.stop()
    await world?.close()
  })

  /** Asks for a token through the door with TLS. */
  const ask = async (
    id: string,
    certificate: MadeCertificate | null,
    { headers = {}, path = '/oauth/token', form = {} }: { headers?: object; path?: string; form?: object } = {},
  ): Promise<{ status: number; body: { access_token?: string; error?: string; active?: boolean } }> => {
    const body = new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: id,
      resource: API,
      ...form,
    }).toString()
    const shown = certificate === null ? {} : { cert: certificate.pem, key: pemOfKey(certificate) }
    return new Promise((resolve, reject) => {
      const sent = request(
        new URL(path, door),
        {
          method: 'POST',
          ca: server.pem,
          agent: false,
          headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
          ...shown,
        },
        async (answer) => resolve({ status: answer.statusCode ?? 0, body: JSON.parse(await text(answer)) }),
      )
      sent.on('error', reject)
      sent.end(body)
    })
  }

  const named = (by: string, value: string, more: object = {}) =>
    makeClient(control, { ...service, authentication: 'tls_client_auth', tlsSubject: { by, value } as never, ...more })

  const selfMade = async (certificate: MadeCertificate, more: object = {}) => {
    const jwk = {
      ...createPublicKey(certificate.pem).export({ format: 'jwk' }),
      x5c: [certificate.der.toString('base64')],
    }
    const authentication = 'self_signed_tls_client_auth'
    return makeClient(control, { ...service, authentication, jwks: { keys: [jwk] }, ...more } as never)
  }

  it.each([
    ['subject_dn', 'CN=shop,O=Example\\, Inc.,C=DE'],
    ['subject_dn', 'cn=shop, o=Example\\2c Inc., c=DE'],
    ['san_dns', 'shop.example.com'],
    ['san_uri', 'https://shop.example.com/it'],
    ['san_email', 'shop@example.com'],
    ['san_ip', '192.0.2.7'],
  ])('are known by %s %s in a certificate of an authority', async (by, value) => {
    const { id } = await named(by, value)
    expect((await ask(id, shop)).status).toBe(200)
  })

  it.each([
    ['subject_dn', 'C=DE,O=Example\\, Inc.,CN=shop'],
    ['subject_dn', 'CN=shop,C=DE'],
    ['subject_dn', 'CN=shop'],
    ['subject_dn', 'CN=Shop,O=Example\\, Inc.,C=DE'],
    ['san_dns', 'example.com'],
    ['san_dns', 'other.shop.example.com'],
    ['san_uri', 'https://shop.example.com/'],
    ['san_email', 'other@example.com'],
    ['san_ip', '192.0.2.8'],
    ['san_ip', 'shop.example.com'],
  ])('are not known by %s %s', async (by, value) => {
    const { id } = await named(by, value)
    expect(await ask(id, shop)).toMatchObject({ status: 401, body: { error: 'invalid_client' } })
  })

  it('are not known by a certificate that they signed themselves, with the same name', async () => {
    const { id } = await named('subject_dn', 'CN=shop')
    const forged = makeCertificate({ subject: { CN: 'shop' } })
    expect((await ask(id, forged)).status).toBe(401)
    expect((await ask(id, null)).status).toBe(401)
  })

  it('that made their own are known by it, and by no other of the same name', async () => {
    const { id } = await selfMade(own)
    expect((await ask(id, own)).status).toBe(200)
    expect((await ask(id, makeCertificate({ subject: { CN: 'own' } }))).status).toBe(401)
    expect((await ask(id, shop)).status).toBe(401)
  })

  it('get tokens that name their certificate where they are held to that', async () => {
    const { id } = await selfMade(own, { tlsBound: true })
    const { body } = await ask(id, own)
    const thumbprint = hash('sha256', new X509Certificate(own.pem).raw, 'base64url')
    expect(decodeJwt(body.access_token ?? '')).toMatchObject({ cnf: { 'x5t#S256': thumbprint } })
  })

  it('that are held to it and prove themselves otherwise show it all the same', async () => {
    const client = await makeClient(control, { ...service, tlsBound: true })
    const headers = { authorization: `Basic ${Buffer.from(`${client.id}:${client.secret}`).toString('base64')}` }
    expect((await ask(client.id, null, { headers })).body.error).toBe('invalid_grant')
    expect((await ask(client.id, own, { headers })).status).toBe(200)
  })

  it('are not believed when they write a certificate into the header of a proxy', async () => {
    const { id } = await selfMade(own)
    const headers = { 'client-cert': `:${own.der.toString('base64')}:` }
    expect((await ask(id, null, { headers })).status).toBe(401)
    expect((await ask(id, shop, { headers })).status).toBe(401)
  })

  it('are told where the door is', async () => {
    const { body } = await control.call(null, 'GET', '/.well-known/openid-configuration')
    expect(body.mtls_endpoint_aliases.token_endpoint).toBe(`${door}/oauth/token`)
    expect(body.tls_client_certificate_bound_access_tokens).toBe(true)
    expect(body.token_endpoint_auth_methods_supported).toEqual(
      expect.arrayContaining(['tls_client_auth', 'self_signed_tls_client_auth']),
    )
  })
})

describe.each(backends)('a proxy that names certificates of clients, on $name', ({ open }) => {
  const own = makeCertificate({ subject: { CN: 'own' } })
  let world: World
  const running: Control[] = []

  beforeAll(async () => {
    world = await open()
  })
  afterAll(async () => {
    await Promise.all(running.map(({ stop }) => stop()))
    await world?.close()
  })

  const openBehind = async (env: Record<string, string>) => {
    const control = await openControl(world, {
      env: { SALLYPORT_OAUTH_RESOURCES: JSON.stringify([{ id: API, scopes: ['orders:read'] }]), ...env },
    })
    running.push(control)
    const byName = await makeClient(control, {
      ...service,
      authentication: 'tls_client_auth',
      tlsSubject: { by: 'subject_dn', value: 'CN=own' },
    })
    const ask = async (headers: Record<string, string>, client = byName.id) => {
      const answer = await fetch(new URL('/oauth/token', control.url), {
        method: 'POST',
        body: new URLSearchParams({ grant_type: 'client_credentials', client_id: client, resource: API }),
        headers,
      })
      return answer.status
    }
    return ask
  }

  const TRUSTED = {
    SALLYPORT_CONTROL_TRUSTED_PROXIES: '["127.0.0.1/32"]',
    SALLYPORT_CONTROL_CLIENT_CERTIFICATE_HEADER: 'Client-Cert',
  }
  const VERIFIED = { ...TRUSTED, SALLYPORT_CONTROL_CLIENT_CERTIFICATE_VERIFIED_HEADER: 'X-Client-Verify' }
  const inDer = { 'client-cert': `:${own.der.toString('base64')}:` }
  const inPem = { 'client-cert': encodeURIComponent(own.pem) }

  it('is believed where it is trusted, and vouches for what it verified', async () => {
    const ask = await openBehind(VERIFIED)
    expect(await ask({ ...inDer, 'x-client-verify': 'SUCCESS' })).toBe(200)
    expect(await ask({ ...inPem, 'x-client-verify': 'SUCCESS' })).toBe(200)
    expect(await ask({ ...inDer, 'x-client-verify': 'FAILED:unable to verify' })).toBe(401)
    expect(await ask({ ...inDer, 'x-client-verify': 'NONE' })).toBe(401)
    expect(await ask(inDer)).toBe(401)
    expect(await ask({ 'x-client-verify': 'SUCCESS' })).toBe(401)
    expect(await ask({ 'client-cert': 'nonsense', 'x-client-verify': 'SUCCESS' })).toBe(401)
  })

  it('that does not say what it verified does not vouch for anything', async () => {
    const ask = await openBehind(TRUSTED)
    expect(await ask({ ...inDer, 'x-client-verify': 'SUCCESS' })).toBe(401)
  })

  it('is anybody where it is not trusted', async () => {
    const ask = await openBehind({ ...VERIFIED, SALLYPORT_CONTROL_TRUSTED_PROXIES: '["203.0.113.0/24"]' })
    expect(await ask({ ...inDer, 'x-client-verify': 'SUCCESS' })).toBe(401)
  })
})
