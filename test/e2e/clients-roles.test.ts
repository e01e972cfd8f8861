import { decodeJwt } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { TOKEN_EXCHANGE } from '../../src/oauth/index.ts'
import { backends, type World } from '../support/backends.ts'
import { type Control, openControl } from '../support/control.ts'
import { makePerson } from '../support/people.ts'
import { authorize, discover, makeClient, redeem, signIn } from '../support/relying-party.ts'
import { eventually } from '../support/sallyport.ts'

const [API, STOCK] = ['https://api.example.com', 'https://stock.example.com']
const SCOPES = ['orders:read', 'orders:write']
const ACCESS = 'urn:ietf:params:oauth:token-type:access_token'

type Credentials = { readonly id: string; readonly secret: string | null }

describe.each(backends)('clients with roles of their organization, $name', { timeout: 60_000 }, ({ open }) => {
  let world: World
  let one: Control
  let two: Control
  let admin: string
  const call = (method: string, path: string, body?: unknown) => one.call(admin, method, path, body)

  beforeAll(async () => {
    world = await open()
    const resources = [
      { id: API, scopes: SCOPES },
      { id: STOCK, scopes: SCOPES, accessTokens: 'opaque' },
    ]
    const env = { SALLYPORT_OAUTH_RESOURCES: JSON.stringify(resources), SALLYPORT_IDENTITY_ANSWER_DELAY: '0ms' }
    one = await openControl(world, { issuerHost: 'localhost', env })
    two = await openControl(world, { env: { ...env, SALLYPORT_ISSUER: one.url } })
    admin = (await one.keyWith(['*'], { scopes: ['*'] })).key
  })
  afterAll(async () => {
    await one?.stop()
    await two?.stop()
    await world?.close()
  })

  const makeRole = async (name: string, more: object) => {
    const made = await call('POST', '/v1/roles', { name, ...more })
    expect(made.status, JSON.stringify(made.body)).toBe(201)
  }
  const wishOf = (roles: readonly string[], more: object = {}) => {
    return { name: 'courier', grants: ['client_credentials'], scopes: SCOPES, roles, ...more }
  }
  const make = async (roles: readonly string[], more: object = {}) => {
    const made = await call('POST', '/v1/clients', wishOf(roles, more))
    expect(made.status, JSON.stringify(made.body)).toBe(201)
    return made.body as { id: string; secret: string }
  }
  const post = async (node: Control, path: string, { id, secret }: Credentials, form: Record<string, string>) => {
    const authorization = `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`
    const body = new URLSearchParams(form)
    const answer = await fetch(new URL(path, node.url), { method: 'POST', headers: { authorization }, body })
    return (await answer.json()) as Record<string, unknown>
  }
  const tokenOf = async (client: Credentials, resource = API, node = one) => {
    const answer = await post(node, '/oauth/token', client, { grant_type: 'client_credentials', resource })
    expect(answer, JSON.stringify(answer)).toHaveProperty('access_token')
    return String(answer.access_token)
  }
  const permissionsOf = async (client: Credentials, node = one) =>
    decodeJwt(await tokenOf(client, API, node)).permissions
  const lives = async (client: Credentials, token: string) =>
    (await post(two, '/oauth/introspect', client, { token })).active
  const endsOnTheOther = (client: Credentials, token: string) =>
    eventually(async () => (await lives(client, token)) === false, 1000)

  it('get tokens that say what the roles give, inherited things included, on every node', async () => {
    await makeRole('reader', { permissions: ['orders:read'] })
    await makeRole('head-reader', { inherits: ['reader'] })
    const client = await make(['head-reader'])
    expect((await call('GET', `/v1/clients/${client.id}`)).body.roles).toEqual(['head-reader'])
    expect(await permissionsOf(client)).toEqual(['orders:read'])
    await expect.poll(() => permissionsOf(client, two)).toEqual(['orders:read'])
  })

  it('are refused with a role that there is not, which is named', async () => {
    const refused = await call('POST', '/v1/clients', wishOf(['wizard']))
    expect([refused.status, refused.body.code]).toEqual([400, 'INPUT_INVALID'])
    expect(refused.body.errors).toEqual([
      { path: 'roles', message: expect.stringMatching(/^there is no role "wizard"; there are super_admin, /) },
    ])
    const client = await make([])
    const changed = await call('PATCH', `/v1/clients/${client.id}`, { roles: ['wizard'] })
    expect(changed.body.errors).toEqual([{ path: 'roles', message: expect.stringContaining('"wizard"') }])
    expect((await call('POST', '/v1/clients', wishOf(['Wizard!']))).body.code).toBe('INPUT_INVALID')
  })

  it('are not given a role of another organization', async () => {
    const { system } = one.serving
    const { id: organization } = (await call('POST', '/v1/organizations', { name: 'Elsewhere' })).body
    const credentials = { scopes: ['*'], permissions: ['*'], credential: null }
    const principal = { kind: 'service', id: 'svc_elsewhere', organization, ...credentials } as const
    const caller = { principal, address: null, userAgent: null, requestId: null }
    const words = { description: '', inherits: [], scopes: [], permissions: ['orders:read'] }
    const made = await system.store.within(organization, () =>
      system.roles.create({ name: 'theirs', ...words }, caller),
    )
    expect(made.ok).toBe(true)
    expect((await call('POST', '/v1/clients', wishOf(['theirs']))).body.code).toBe('INPUT_INVALID')
    const settings = { ...wishOf(['theirs']), grants: ['client_credentials'] } as const
    const wish = { settings, secretExpiresAt: null, source: 'admin' } as const
    const own = await system.store.within(organization, () => system.clients.create(wish, caller, null))
    expect(own.ok).toBe(true)
  })

  it('get no role that gives what whoever gives it does not hold', async () => {
    await makeRole('writer', { permissions: SCOPES })
    const few = (await one.keyWith(['clients:*', 'orders:read'], { scopes: SCOPES })).key
    const refused = await one.call(few, 'POST', '/v1/clients', wishOf(['writer']))
    expect([refused.status, refused.body.code]).toEqual([403, 'CLIENT_GRANT_EXCEEDED'])
    expect(refused.body.errors).toEqual([{ path: 'permissions', message: 'you do not hold "orders:write"' }])
    const client = await make(['writer'])
    const path = `/v1/clients/${client.id}`
    expect((await one.call(few, 'POST', `${path}/secrets`, {})).body.code).toBe('CLIENT_GRANT_EXCEEDED')
    expect((await one.call(few, 'PATCH', path, { enabled: false })).status).toBe(200)
    expect((await one.call(few, 'PATCH', path, { enabled: true })).body.code).toBe('CLIENT_GRANT_EXCEEDED')
    const enough = (await one.keyWith(['clients:*', ...SCOPES], { scopes: SCOPES })).key
    expect((await one.call(enough, 'POST', '/v1/clients', wishOf(['writer']))).status).toBe(201)
  })

  it.each([API, STOCK])(
    'lose what they got for %s on the other node in under one second: role narrowed',
    async (api) => {
      const name = api === API ? 'narrow-signed' : 'narrow-kept'
      await makeRole(name, { permissions: SCOPES })
      const client = await make([name])
      const token = await tokenOf(client, api)
      expect(await lives(client, token)).toBe(true)
      const wider = { permissions: [...SCOPES, 'parcels:read'] }
      expect((await call('PATCH', `/v1/roles/${name}`, wider)).status).toBe(200)
      expect(await lives(client, token)).toBe(true)
      expect((await call('PATCH', `/v1/roles/${name}`, { permissions: ['orders:read'] })).status).toBe(200)
      expect(await endsOnTheOther(client, token)).toBe(true)
      expect(await permissionsOf(client)).toEqual(['orders:read'])
      expect(await lives(client, await tokenOf(client, api))).toBe(true)
    },
  )

  it.each([API, STOCK])('lose what they got for %s on the other node in under one second: role taken', async (api) => {
    const name = api === API ? 'taken-signed' : 'taken-kept'
    await makeRole(name, { permissions: SCOPES })
    const client = await make([name, 'read_only'])
    const token = await tokenOf(client, api)
    expect((await call('PATCH', `/v1/clients/${client.id}`, { contacts: ['ops@example.com'] })).status).toBe(200)
    expect(await lives(client, token)).toBe(true)
    expect((await call('PATCH', `/v1/clients/${client.id}`, { roles: ['read_only'] })).status).toBe(200)
    expect(await endsOnTheOther(client, token)).toBe(true)
    expect(await permissionsOf(client)).toEqual(['orders:read'])
  })

  it('keep a role from being deleted but aloud, and have it no longer then', async () => {
    await makeRole('clerk', { permissions: ['orders:write'] })
    const client = await make(['clerk', 'read_only'])
    // Another that has the word, but not as a role.
    const other = await make(['read_only'], { scopes: ['clerk'] })
    const token = await tokenOf(client)
    const refused = await call('DELETE', '/v1/roles/clerk')
    expect(refused.body).toMatchObject({ code: 'ROLE_IN_USE', detail: expect.stringContaining('1 × client.') })
    expect((await call('DELETE', '/v1/roles/clerk?takeFromEveryone=true')).status).toBe(204)
    expect(await endsOnTheOther(client, token)).toBe(true)
    const left = (await call('GET', `/v1/clients/${client.id}`)).body
    expect([left.roles, left.version]).toEqual([['read_only'], 2])
    expect((await call('GET', `/v1/clients/${other.id}`)).body.version).toBe(1)
    const events = (await call('GET', `/v1/audit/events?resource=${client.id}&type=client.updated`)).body.items
    expect(events.map(({ details }: { details: object }) => details)).toEqual([{ fields: 'roles' }])
    await makeRole('clerk', { permissions: ['orders:write'] })
    expect(await permissionsOf(client)).toEqual(['orders:read'])
  })

  it('act for people by a role, and what they got so ends with it; what people agreed to goes on', async () => {
    await makeRole('deputy', { permissions: ['tokens:delegate'] })
    const client = await make(['deputy'], { grants: [TOKEN_EXCHANGE, 'client_credentials'] })
    const web = await makeClient(one, { scopes: ['openid', ...SCOPES] })
    const { visitor } = await signIn(one, await makePerson(one, { roles: ['analyst'] }))
    const config = await discover(one, web)
    const asked = { scope: 'openid orders:read', resource: API }
    const shown = (await redeem(config, await authorize(config, visitor, asked))).access_token
    const subject = { subject_token: shown, subject_token_type: ACCESS, resource: API }
    const trade = () => post(one, '/oauth/token', client, { grant_type: TOKEN_EXCHANGE, ...subject })
    const token = String((await trade()).access_token)
    expect(decodeJwt(token).act).toEqual({ sub: client.id })
    expect(await lives(client, token)).toBe(true)
    expect((await call('PATCH', '/v1/roles/deputy', { permissions: [] })).status).toBe(200)
    expect(await endsOnTheOther(client, token)).toBe(true)
    expect((await trade()).error).toBe('unauthorized_client')
    expect(await lives(web, shown)).toBe(true)
  })
})
