import { createPublicKey, verify } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { backends, type World } from '../support/backends.ts'
import { type Control, openControl } from '../support/control.ts'
import { makeClient } from '../support/relying-party.ts'
import { openPlace, startUpstream, type Upstream } from '../support/sallyport.ts'

const ISSUER = 'https://id.example.com'
const EDDSA = { SALLYPORT_OAUTH_SIGNING_KEYS_ALGORITHMS: '["ES256","EdDSA"]' }

/** Verifies as a program does that has the standard and the published keys, and nothing of ours. */
function readAsStranger(token: string, keys: readonly { kid: string; paserk: string }[]) {
  const [version, purpose, body = '', foot = ''] = token.split('.')
  expect([version, purpose]).toEqual(['v4', 'public'])
  const footer = Buffer.from(foot, 'base64url')
  const { kid } = JSON.parse(footer.toString())
  const paserk = keys.find((it) => it.kid === kid)?.paserk ?? ''
  expect(paserk).toMatch(/^k4\.public\.[\w-]{43}$/)
  const jwk = { kty: 'OKP', crv: 'Ed25519', x: paserk.slice('k4.public.'.length) }
  const signed = Buffer.from(body, 'base64url')
  const message = signed.subarray(0, -64)
  const pieces = [Buffer.from('v4.public.'), message, footer, Buffer.alloc(0)]
  const lengths = [4, ...pieces.map(({ length }) => length)].map((length) => {
    const bytes = Buffer.alloc(8)
    bytes.writeUInt32LE(length)
    return bytes
  })
  const [count = Buffer.alloc(0), ...rest] = lengths
  const text = Buffer.concat([count, ...pieces.flatMap((piece, i) => [rest[i] ?? Buffer.alloc(0), piece])])
  expect(verify(null, text, createPublicKey({ key: jwk, format: 'jwk' }), signed.subarray(-64))).toBe(true)
  return JSON.parse(message.toString())
}

describe.each(backends)('PASETO for services on $name', { timeout: 60_000 }, ({ open }) => {
  let world: World
  let control: Control

  beforeAll(async () => {
    world = await open()
    control = await openControl(world, { env: { ...EDDSA, SALLYPORT_ISSUER: ISSUER } })
  })

  afterAll(async () => {
    await control?.stop()
    await world?.close()
  })

  const keys = async () => (await control.call(null, 'GET', '/oauth/paseto-keys')).body.keys
  const exchange = (key: string, body: object) => control.call(key, 'POST', '/v1/keys/exchange', body)

  it('is bought with a key, says what the JWT says, and is verified with the published keys alone', async () => {
    const { key, id, owner } = await control.keyWith(['orders:read'], { scopes: ['orders:read'] })
    const asked = { format: 'paseto', audience: 'https://api.example.com', ttl: 60 }
    const bought = await exchange(key, asked)
    expect(bought.body).toMatchObject({ tokenType: 'Bearer', expiresIn: 60, audience: asked.audience })
    const claims = readAsStranger(bought.body.accessToken, await keys())
    expect(claims).toMatchObject({
      iss: ISSUER,
      sub: owner,
      aud: asked.audience,
      client_id: id,
      akid: id,
      org: 'org_default',
      kind: 'service',
      scope: 'orders:read',
      permissions: ['orders:read'],
    })
    expect(claims.jti).toMatch(/^tok_/)
    expect(Date.parse(claims.exp) - Date.parse(claims.iat)).toBe(60_000)
    expect(claims.nbf).toBe(claims.iat)
    for (const time of [claims.exp, claims.iat]) expect(time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
  })

  it('is a JWT, signed as ever, unless it is asked for', async () => {
    const { key } = await control.keyWith([])
    for (const body of [{}, { format: 'jwt' }]) expect((await exchange(key, body)).body.accessToken).toMatch(/^eyJ/)
  })

  it.each(['PASETO', 'v4.local', 'v2.public', '', null, 4])('is refused in the form %j', async (format) => {
    const { key } = await control.keyWith([])
    expect((await exchange(key, { format })).body).toMatchObject({ status: 400, code: 'INPUT_INVALID' })
  })

  it('is told in the record like any other token, and never as itself', async () => {
    const { key, id } = await control.keyWith(['audit:read'])
    const { accessToken } = (await exchange(key, { format: 'paseto', ttl: 1 })).body
    const { jti } = readAsStranger(accessToken, await keys())
    await control.serving.system.audit.flush()
    const { items } = (await control.call(key, 'GET', `/v1/audit/events?resource=${id}`)).body
    const sold = items.find((it: { type: string }) => it.type === 'key.exchanged')
    expect(sold.details.jti).toBe(jti)
    expect(JSON.stringify(items)).not.toContain(accessToken.slice(10, 60))
  })

  it('is had by a client in its own name, who says so at the token endpoint', async () => {
    const grants = ['client_credentials'] as const
    const client = await makeClient(control, { redirectUris: [], grants, firstParty: false, consent: 'once' })
    const authorization = `Basic ${Buffer.from(`${client.id}:${client.secret}`).toString('base64')}`
    const ask = async (format: string) => {
      const body = new URLSearchParams({ grant_type: 'client_credentials', resource: ISSUER, token_format: format })
      const answer = await fetch(new URL('/oauth/token', control.url), {
        method: 'POST',
        headers: { authorization },
        body,
      })
      return (await answer.json()) as { access_token?: string; token_type?: string; error?: string }
    }
    const { access_token = '', token_type } = await ask('paseto')
    expect(token_type).toBe('Bearer')
    const claims = readAsStranger(access_token, await keys())
    expect(claims).toMatchObject({ iss: ISSUER, sub: client.id, client_id: client.id, aud: ISSUER, kind: 'service' })
    expect(Date.parse(claims.exp) - Date.parse(claims.iat)).toBe(3_600_000)
    expect((await ask('jwt')).access_token).toMatch(/^eyJ/)
    expect((await ask('v4.local')).error).toBe('invalid_request')
    const form = new URLSearchParams({ token: access_token })
    const asked = async (path: string) =>
      fetch(new URL(path, control.url), { method: 'POST', headers: { authorization }, body: form })
    expect(await (await asked('/oauth/introspect')).json()).toMatchObject({ active: true, sub: client.id })
    expect((await asked('/oauth/revoke')).status).toBe(200)
    expect(await (await asked('/oauth/introspect')).json()).toEqual({ active: false })
  })

  it('publishes only keys that sign such tokens, and no private half', async () => {
    const published = await keys()
    expect(published).toHaveLength(1)
    expect(Object.keys(published[0]).toSorted()).toEqual(['kid', 'paserk'])
    expect(published[0].kid).toBe(control.serving.system.signingKeys.current('EdDSA').id)
  })

  it('is refused where no key signs with EdDSA, and says what to do', async () => {
    const without = await openControl(world, { env: { SALLYPORT_OAUTH_SIGNING_KEYS_ALGORITHMS: '["ES256"]' } })
    try {
      const { key } = await without.keyWith([])
      const refusal = await without.call(key, 'POST', '/v1/keys/exchange', { format: 'paseto' })
      expect(refusal.body).toMatchObject({ status: 400, code: 'TOKEN_FORMAT_UNAVAILABLE' })
      expect(refusal.body.detail).toContain('oauth.signingKeys.algorithms')
      expect((await without.call(key, 'POST', '/v1/keys/exchange', {})).status).toBe(200)
    } finally {
      await without.stop()
    }
  })
})

describe.each(backends)('PASETO at the gateway on $name', { timeout: 60_000 }, ({ open }) => {
  let world: World
  let upstream: Upstream
  let control: Control

  beforeAll(async () => {
    world = await open()
    upstream = await startUpstream()
    const route = 'id: api, match: { path: /api }, upstream: api, authenticate: [jwt], require: { level: known }'
    const once =
      'id: once, match: { path: /once }, upstream: api, authenticate: [jwt], require: { level: known }, tokens: { once: true }'
    const gateway = `upstreams: { api: { targets: ["${upstream.url}"] } }, routes: [{ ${route} }, { ${once} }]`
    await writeFile(join(world.dataDir, 'sallyport.yaml'), `gateway: { ${gateway} }\n`)
    control = await openControl(world, { env: EDDSA, role: 'all' })
  })

  afterAll(async () => {
    await control?.stop()
    await upstream?.close()
    await world?.close()
  })

  const buy = async (body: object = {}) => {
    const { key } = await control.keyWith([])
    const bought = await control.call(key, 'POST', '/v1/keys/exchange', { format: 'paseto', ...body })
    return String(bought.body.accessToken)
  }
  const use = async (token: string, path = '/api') => {
    const headers = { authorization: `Bearer ${token}` }
    const answer = await fetch(new URL(path, control.serving.gateway ?? ''), { headers })
    return answer.status === 200 ? 'let through' : ((await answer.json()) as { code: string }).code
  }

  it('opens a route that takes tokens, again and again, or once', async () => {
    const token = await buy()
    expect([await use(token), await use(token)]).toEqual(['let through', 'let through'])
    expect([await use(token, '/once'), await use(token, '/once')]).toEqual(['let through', 'TOKEN_REPLAYED'])
  })

  it('is refused for another audience, when it was altered, and without its footer', async () => {
    expect(await use(await buy({ audience: 'https://other.example' }))).toBe('AUDIENCE_INVALID')
    const token = await buy()
    const [version, purpose, body = '', footer] = token.split('.')
    const altered = `${body.slice(0, -2)}${body.endsWith('AA') ? 'BA' : 'AA'}`
    expect(await use(`${version}.${purpose}.${altered}.${footer}`)).toMatch(/SIGNATURE_INVALID|TOKEN_MALFORMED/)
    expect(await use(`${version}.${purpose}.${body}`)).toBe('TOKEN_MALFORMED')
  })

  it('dies at once with a key that leaked', async () => {
    const token = await buy()
    expect(await use(token)).toBe('let through')
    const { key } = await control.keyWith(['signing-keys:manage'])
    const leaked = control.serving.system.signingKeys.current('EdDSA').id
    expect((await control.call(key, 'POST', '/v1/signing-keys/rotate', { leaked })).status).toBe(200)
    expect(await use(token)).toBe('SIGNATURE_INVALID')
    expect(await use(await buy())).toBe('let through')
  })
})

const [small] = backends

describe.skipIf(small === undefined)('PASETO on the command line', { timeout: 60_000 }, () => {
  it('is printed when it is asked for, and refused where it cannot be signed', async () => {
    const world = await (small as NonNullable<typeof small>).open()
    try {
      const without = await openPlace(world)
      const key = String((await without.json(['keys', 'create', '--name', 'x'])).key)
      const refused = await without.command(['keys', 'exchange', key, '--format', 'paseto'])
      expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining('TOKEN_FORMAT_UNAVAILABLE')])
      const place = await openPlace(world, 'oauth: { signingKeys: { algorithms: [ES256, EdDSA] } }\n')
      const bought = await place.command(['keys', 'exchange', key, '--format', 'paseto'])
      expect(bought.stdout).toMatch(/^v4\.public\./)
    } finally {
      await world.close()
    }
  })
})
