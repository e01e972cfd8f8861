import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { systemClock } from '../../src/core/index.ts'
import { backends, type World } from '../support/backends.ts'
import { type Control, openControl } from '../support/control.ts'
import { makePerson } from '../support/people.ts'
import { signIn } from '../support/relying-party.ts'
import { eventually } from '../support/sallyport.ts'

const ALL = ['clients:read', 'clients:create', 'clients:update', 'clients:delete']
const CALLBACK = 'https://shop.example.com/callback'
const SHOP = { name: 'shop', redirectUris: [CALLBACK] }
const SERVICE = {
  name: 'billing',
  grants: ['client_credentials'],
  scopes: ['orders:read'],
  permissions: ['orders:read'],
}

describe.each(backends)('clients of the authorization server on $name', { timeout: 60_000 }, ({ open }) => {
  let world: World
  let control: Control
  let admin: string
  let later = 0
  let call: (
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ) => ReturnType<Control['call']>

  beforeAll(async () => {
    world = await open()
    control = await openControl(world, { issuerHost: 'localhost', clock: { now: () => systemClock.now() + later } })
    admin = (await control.keyWith(['*'], { scopes: ['*'] })).key
    call = (...it) => control.call(admin, ...it)
  })
  afterAll(async () => {
    await control?.stop()
    await world?.close()
  })

  const clients = () => control.serving.system.clients
  const make = async (body: object = SHOP) => {
    const made = await call('POST', '/v1/clients', body)
    expect(made.status, JSON.stringify(made.body)).toBe(201)
    return made.body
  }
  const accepts = async (id: string, secret: string) => {
    const client = await clients().findClient(id)
    return client !== null && clients().checkSecret(client, secret)
  }
  const eventsOf = async (id: string) => {
    const found = await call('GET', `/v1/audit/events?resource=${id}`)
    return found.body.items
      .map(({ type }: { type: string }) => type)
      .filter((type: string) => type.startsWith('client.'))
  }

  it('a web application is told its secret once, and is held to PKCE, rotation and consent without having asked', async () => {
    const made = await make()
    expect(made).toMatchObject({
      kind: 'confidential',
      grants: ['authorization_code', 'refresh_token'],
      authentication: 'client_secret_basic',
      refresh: 'rotate',
      consent: 'once',
      firstParty: false,
      secret: expect.stringMatching(/^spc_[A-Za-z0-9_-]{43}[0-9a-f]{8}$/),
      secrets: [{ hint: made.secret.slice(-4), expiresAt: null, usedAt: null }],
    })
    const read = await call('GET', `/v1/clients/${made.id}`)
    expect(read.headers.get('etag')).toBe('"1"')
    expect(JSON.stringify(read.body)).not.toContain(made.secret)
    expect(read.body.secret).toBeUndefined()
    expect(await accepts(made.id, made.secret)).toBe(true)
  })

  it('a public client has no secret, and no text is accepted as one', async () => {
    const made = await make({ ...SHOP, kind: 'public' })
    expect(made).toMatchObject({ secret: null, secrets: [], authentication: 'none' })
    for (const text of ['', 'none', 'spc_', 'kept-as-a-digest-and-compared-by-check-secret']) {
      expect(await accepts(made.id, text)).toBe(false)
    }
    const more = await call('POST', `/v1/clients/${made.id}/secrets`)
    expect([more.status, more.body.code]).toEqual([409, 'CLIENT_SECRET_UNUSED'])
  })

  it('the secret of one client is no secret of another, even where the row was moved', async () => {
    const [one, other] = [await make(), await make()]
    expect(await accepts(one.id, other.secret)).toBe(false)
    await control.serving.system.store.write(async (tx) => {
      await tx
        .tables<{ oauth_client_secret: { client_id: string; id: string } }>()
        .updateTable('oauth_client_secret')
        .set({ client_id: one.id })
        .where('client_id', '=', other.id)
        .execute()
      await tx.announce('oauth_client', one.id)
    })
    expect(await accepts(one.id, one.secret)).toBe(true)
    expect(await accepts(one.id, other.secret)).toBe(false)
  })

  it('two secrets are valid at once, a third is refused, and a revoked one is worth nothing', async () => {
    const made = await make()
    const second = await call('POST', `/v1/clients/${made.id}/secrets`)
    expect(second.status).toBe(201)
    expect(await accepts(made.id, made.secret)).toBe(true)
    expect(await accepts(made.id, second.body.secret)).toBe(true)
    const third = await call('POST', `/v1/clients/${made.id}/secrets`, {})
    expect([third.status, third.body.code]).toEqual([409, 'CLIENT_SECRETS_FULL'])
    const revoked = await call('DELETE', `/v1/clients/${made.id}/secrets/${made.secrets[0].id}`)
    expect(revoked.body.secrets).toHaveLength(1)
    expect(await accepts(made.id, made.secret)).toBe(false)
    expect(await accepts(made.id, second.body.secret)).toBe(true)
    const again = await call('DELETE', `/v1/clients/${made.id}/secrets/${made.secrets[0].id}`)
    expect([again.status, again.body.code]).toEqual([404, 'CLIENT_SECRET_UNKNOWN'])
    expect(await eventsOf(made.id)).toEqual(
      expect.arrayContaining(['client.created', 'client.secret_added', 'client.secret_revoked']),
    )
  })

  it('of many who add the second secret at once, one gets it', async () => {
    const made = await make()
    const answers = await Promise.all(
      Array.from({ length: 6 }, () => call('POST', `/v1/clients/${made.id}/secrets`, {})),
    )
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1)
    expect((await call('GET', `/v1/clients/${made.id}`)).body.secrets).toHaveLength(2)
  })

  it('with a grace of nothing the older secret ends with the new one, and makes room', async () => {
    const made = await make()
    const next = await call('POST', `/v1/clients/${made.id}/secrets`, { graceSeconds: 0 })
    expect(next.status).toBe(201)
    expect(await accepts(made.id, made.secret)).toBe(false)
    expect((await call('POST', `/v1/clients/${made.id}/secrets`, {})).status).toBe(201)
  })

  it('a use of a secret and of its client is known soon after', async () => {
    const made = await make()
    expect(await accepts(made.id, made.secret)).toBe(true)
    await clients().flush()
    const { body } = await call('GET', `/v1/clients/${made.id}`)
    expect(body.lastUsedAt).not.toBeNull()
    expect(body.secrets[0].usedAt).toBe(body.lastUsedAt)
    expect(body.version).toBe(1)
  })

  it('a repeated registration makes nothing new and tells no secret', async () => {
    const headers = { 'idempotency-key': 'once' }
    const first = await call('POST', '/v1/clients', SHOP, headers)
    const again = await call('POST', '/v1/clients', SHOP, headers)
    expect([again.status, again.body.id, again.body.secret]).toEqual([200, first.body.id, null])
    const other = await call('POST', '/v1/clients', { ...SHOP, name: 'other' }, headers)
    expect([other.status, other.body.code]).toEqual([422, 'IDEMPOTENCY_KEY_REUSED'])
  })

  it('a change keeps what it does not name, and one of two who change the same version is told', async () => {
    const made = await make({ ...SHOP, lifetimes: { accessTokenSeconds: 900 }, requireMfa: true })
    const changed = await call(
      'PATCH',
      `/v1/clients/${made.id}`,
      { name: 'Shop', lifetimes: { codeSeconds: 30 } },
      { 'if-match': '"1"' },
    )
    expect(changed.body).toMatchObject({
      name: 'Shop',
      requireMfa: true,
      redirectUris: [CALLBACK],
      lifetimes: { accessTokenSeconds: 900, codeSeconds: 30, idTokenSeconds: null },
      version: 2,
    })
    const late = await call('PATCH', `/v1/clients/${made.id}`, { name: 'late' }, { 'if-match': '"1"' })
    expect([late.status, late.body.code]).toEqual([412, 'VERSION_STALE'])
    expect(await accepts(made.id, made.secret)).toBe(true)
  })

  it('a client that proves itself by a key from now on has lost its secrets, also when it goes back', async () => {
    const made = await make()
    const path = `/v1/clients/${made.id}`
    const keyed = await call('PATCH', path, {
      authentication: 'private_key_jwt',
      jwksUri: 'https://shop.example.com/keys',
    })
    expect(keyed.body).toMatchObject({ authentication: 'private_key_jwt', secrets: [] })
    const back = await call('PATCH', path, { authentication: 'client_secret_post', jwksUri: null })
    expect(back.status).toBe(200)
    expect(await accepts(made.id, made.secret)).toBe(false)
  })

  it('fapi2 is one switch: pushed requests and bound tokens come with it', async () => {
    const strict = { authentication: 'private_key_jwt', jwksUri: 'https://shop.example.com/keys', fapi2: true }
    expect(await make({ ...SHOP, ...strict })).toMatchObject({ requirePar: true, dpopBound: true })
    expect(await make({ ...SHOP, ...strict, tlsBound: true })).toMatchObject({ dpopBound: false, tlsBound: true })
    const plain = await make()
    const refused = await call('PATCH', `/v1/clients/${plain.id}`, { fapi2: true })
    expect([refused.status, refused.body.errors.map(({ path }: { path: string }) => path)]).toEqual([
      400,
      ['authentication'],
    ])
    const turned = await call('PATCH', `/v1/clients/${plain.id}`, strict)
    expect(turned.body).toMatchObject({ fapi2: true, requirePar: true, dpopBound: true })
  })

  it('a disabled client is found nowhere, an enabled one again, and a deleted one never more', async () => {
    const made = await make()
    const path = `/v1/clients/${made.id}`
    expect(await accepts(made.id, made.secret)).toBe(true)
    expect((await call('PATCH', path, { enabled: false })).body.enabled).toBe(false)
    expect(await clients().findClient(made.id)).toBeNull()
    expect((await call('PATCH', path, { enabled: true })).status).toBe(200)
    expect(await accepts(made.id, made.secret)).toBe(true)
    expect((await call('DELETE', path)).status).toBe(204)
    expect(await clients().findClient(made.id)).toBeNull()
    expect((await call('GET', path)).body.code).toBe('CLIENT_UNKNOWN')
    expect((await call('DELETE', path)).status).toBe(404)
    expect(await eventsOf(made.id)).toEqual(
      expect.arrayContaining(['client.disabled', 'client.enabled', 'client.deleted']),
    )
  })

  it('are listed newest first, page by page', async () => {
    const made = [await make(), await make(), await make()].map(({ id }) => id).reverse()
    const first = await call('GET', '/v1/clients?limit=2')
    expect(first.body.items.map(({ id }: { id: string }) => id)).toEqual(made.slice(0, 2))
    const next = await call('GET', `/v1/clients?limit=2&cursor=${first.body.nextCursor}`)
    expect(next.body.items[0].id).toBe(made[2])
  })

  it('each call asks for its own permission', async () => {
    const made = await make()
    const calls = [
      ['clients:read', 'GET', '/v1/clients', undefined],
      ['clients:read', 'GET', `/v1/clients/${made.id}`, undefined],
      ['clients:create', 'POST', '/v1/clients', { name: 'x', kind: 'public', redirectUris: [CALLBACK] }],
      ['clients:update', 'PATCH', `/v1/clients/${made.id}`, { name: 'y' }],
      ['clients:update', 'POST', `/v1/clients/${made.id}/secrets`, {}],
      ['clients:update', 'DELETE', `/v1/clients/${made.id}/secrets/${made.secrets[0].id}`, undefined],
      ['clients:delete', 'DELETE', `/v1/clients/${made.id}`, undefined],
    ] as const
    for (const [permission, method, path, body] of calls) {
      expect((await control.call(null, method, path, body)).status).toBe(401)
      const others = await control.keyWith(ALL.filter((it) => it !== permission))
      const refused = await control.call(others.key, method, path, body)
      expect([method, path, refused.body.code]).toEqual([method, path, 'PERMISSION_MISSING'])
      const fitting = await control.keyWith([permission])
      expect((await control.call(fitting.key, method, path, body)).status).toBeLessThan(300)
    }
  })

  it('nobody gives a client what they do not hold', async () => {
    const { key } = await control.keyWith([...ALL, 'orders:read'], { scopes: ['orders:read'] })
    expect((await control.call(key, 'POST', '/v1/clients', SERVICE)).status).toBe(201)
    for (const more of [{ scopes: ['orders:write'] }, { permissions: ['orders:write'] }, { roles: ['admin'] }]) {
      const refused = await control.call(key, 'POST', '/v1/clients', { ...SERVICE, ...more })
      expect([refused.status, refused.body.code]).toEqual([403, 'CLIENT_GRANT_EXCEEDED'])
    }
  })

  it('nobody gets hold of a client that may more than they do', async () => {
    const made = await make({ ...SERVICE, permissions: ['*'] })
    const path = `/v1/clients/${made.id}`
    const { key } = await control.keyWith(ALL)
    const attempts = [
      ['POST', `${path}/secrets`, {}],
      ['PATCH', path, { authentication: 'private_key_jwt', jwksUri: 'https://evil.example.com/keys' }],
    ] as const
    for (const [method, at, body] of attempts) {
      const refused = await control.call(key, method, at, body)
      expect([refused.status, refused.body.code]).toEqual([403, 'CLIENT_GRANT_EXCEEDED'])
    }
    // To keep it out is no gain, to let it back in is.
    expect((await control.call(key, 'PATCH', path, { enabled: false })).status).toBe(200)
    expect((await control.call(key, 'PATCH', path, { enabled: true })).body.code).toBe('CLIENT_GRANT_EXCEEDED')
    expect((await control.call(key, 'PATCH', path, { permissions: [] })).status).toBe(200)
  })

  it('a grant that lets a client act alone is not slipped to one that has scopes of others', async () => {
    const made = await make({ ...SHOP, scopes: ['openid', 'orders:write'] })
    const { key } = await control.keyWith(ALL)
    const wish = { grants: ['authorization_code', 'client_credentials'] }
    const refused = await control.call(key, 'PATCH', `/v1/clients/${made.id}`, wish)
    expect(refused.body.code).toBe('CLIENT_GRANT_EXCEEDED')
  })

  it('clients of another organization are unknown, and a disabled organization has none', async () => {
    const { system } = control.serving
    const made = await make()
    const organization = await call('POST', '/v1/organizations', { name: `Elsewhere ${made.id}` })
    const caller = {
      principal: {
        kind: 'service',
        id: 'svc_elsewhere',
        organization: organization.body.id,
        scopes: ['*'],
        permissions: ['*'],
        credential: null,
      },
      address: null,
      userAgent: null,
      requestId: null,
    } as const
    const wish = { settings: { ...SHOP, name: 'theirs' }, secretExpiresAt: null, source: 'admin' } as const
    const theirs = await system.clients.create(wish, caller, null)
    if (!theirs.ok) throw new Error(theirs.problem.code)
    const { id } = theirs.value.client
    expect((await call('GET', `/v1/clients/${id}`)).status).toBe(404)
    expect((await call('PATCH', `/v1/clients/${id}`, { name: 'mine' })).status).toBe(404)
    expect((await call('DELETE', `/v1/clients/${id}`)).status).toBe(404)
    expect((await system.clients.get(made.id, caller)).ok).toBe(false)
    expect((await system.clients.findClient(id))?.name).toBe('theirs')
    await call('PATCH', `/v1/organizations/${organization.body.id}`, { enabled: false })
    expect(await eventually(async () => (await system.clients.findClient(id)) === null, 5000)).toBe(true)
  })

  it('what changes whom a client can be taken for needs a fresh proof of the person, and what shuts it out none', async () => {
    const { visitor } = await signIn(control, await makePerson(control, { roles: ['super_admin'] }))
    const made = (await visitor.post('/v1/clients', SHOP)).body
    const path = `/v1/clients/${made.id}`
    const { status } = await visitor.patch(path, { redirectUris: ['https://shop.example.com/back'] })
    expect(status).toBe(200)
    later = 11 * 60_000
    for (const change of [
      { redirectUris: [CALLBACK] },
      { jwks: null },
      { enabled: true },
      { name: 'x', enabled: false },
    ]) {
      const { status, body } = await visitor.patch(path, change)
      expect([status, body.code], JSON.stringify(change)).toEqual([401, 'STEP_UP_REQUIRED'])
    }
    expect((await visitor.post(`${path}/secrets`, {})).body.code).toBe('STEP_UP_REQUIRED')
    expect((await visitor.post('/v1/clients', SHOP)).body.code).toBe('STEP_UP_REQUIRED')
    expect((await visitor.delete(`${path}/secrets/${made.secrets[0].id}`)).status).toBe(200)
    expect((await visitor.patch(path, { enabled: false })).body.enabled).toBe(false)
    expect((await visitor.delete(path)).status).toBe(204)
    later = 0
  })

  it('nobody finds a client by a text that is no id, however strange', async () => {
    for (const id of ['', 'cli_', '__proto__', 'https://agent.example.com/client.json', `cli_${'0'.repeat(24)}`]) {
      expect(await clients().findClient(id)).toBeNull()
    }
  })
})
