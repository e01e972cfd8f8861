import * as oidc from 'openid-client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { agreeAt } from '../support/agreeing.ts'
import { backends, type World } from '../support/backends.ts'
import { type Control, openControl } from '../support/control.ts'
import { askFor, CALLBACK, discover, makeClient, signIn } from '../support/relying-party.ts'
import { openPlace } from '../support/sallyport.ts'
import { openVisitor } from '../support/visitor.ts'

const RESOURCES = JSON.stringify([{ id: 'https://api.example.com', scopes: ['orders:read', 'orders:write'] }])
const WEB = { client_name: 'App', redirect_uris: [CALLBACK], token_endpoint_auth_method: 'client_secret_basic' }

type Answer = { status: number; headers: Headers; body: Record<string, unknown> }

const ask = async (url: string, method: string, body?: unknown, bearer?: unknown): Promise<Answer> => {
  const answer = await fetch(url, {
    method,
    headers: {
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }),
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
  const text = await answer.text()
  return { status: answer.status, headers: answer.headers, body: text.startsWith('{') ? JSON.parse(text) : {} }
}

describe.each(backends)('clients that register themselves (RFC 7591), on $name', ({ open }) => {
  let world: World
  let control: Control
  let root: string

  beforeAll(async () => {
    world = await open()
    const env = {
      SALLYPORT_OAUTH_RESOURCES: RESOURCES,
      SALLYPORT_OAUTH_REGISTRATION: 'open',
      SALLYPORT_OAUTH_REGISTRATIONS_PER_ADDRESS: '1000',
    }
    control = await openControl(world, { issuerHost: 'localhost', env })
    root = (await control.keyWith(['*'], { scopes: ['*'] })).key
  })
  afterAll(async () => {
    await control?.stop()
    await world?.close()
  })

  const register = (metadata: unknown, bearer?: unknown) =>
    ask(`${control.url}/oauth/register`, 'POST', metadata, bearer)
  const recordOf = async ({ body }: Answer) => (await control.call(root, 'GET', `/v1/clients/${body.client_id}`)).body

  it('find where, get an id, a secret and a token of their own, and are what openid-client uses', async () => {
    const config = await oidc.dynamicClientRegistration(new URL(control.url), WEB, undefined, {
      execute: [oidc.allowInsecureRequests],
    })
    const { client_id, client_secret } = config.clientMetadata()
    expect(client_id).toMatch(/^cli_/)
    const answer = await fetch(new URL('/oauth/par', control.url), {
      method: 'POST',
      headers: { authorization: `Basic ${Buffer.from(`${client_id}:${client_secret}`).toString('base64')}` },
      body: new URLSearchParams({
        client_id,
        response_type: 'code',
        redirect_uri: CALLBACK,
        scope: 'openid orders:read',
        code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
        code_challenge_method: 'S256',
      }),
    })
    expect(answer.status, await answer.text()).toBe(201)
  })

  it('are strangers: people are always asked, and nothing is theirs by their own word', async () => {
    const made = await register({
      ...WEB,
      scope: 'openid orders:read keys:manage',
      firstParty: true,
      consent: 'never',
      permissions: ['*'],
      roles: ['super_admin'],
      client_id: 'cli_mine',
      client_secret: 'mine',
    })
    expect(made.status).toBe(201)
    expect(made.body.client_secret).toMatch(/^spc_/)
    expect(await recordOf(made)).toMatchObject({
      source: 'registered',
      consent: 'once',
      firstParty: false,
      permissions: [],
      roles: [],
      scopes: ['openid', 'orders:read'],
      resources: ['https://api.example.com'],
      organization: 'org_default',
    })
  })

  it('may say as little as agents say: programs on a device, without a secret', async () => {
    const made = await register({
      client_name: 'Agent',
      redirect_uris: ['http://localhost:33418/callback', 'https://editor.example.com/callback'],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      token_endpoint_auth_method: 'none',
      client_uri: 'https://agent.example.com',
    })
    expect(made.status).toBe(201)
    expect(made.body).toMatchObject({ token_endpoint_auth_method: 'none', application_type: 'native' })
    expect(made.body).not.toHaveProperty('client_secret')
    expect(made.headers.get('access-control-allow-origin')).toBe('*')
    expect((await recordOf(made)).scopes).toEqual(expect.arrayContaining(['openid', 'offline_access', 'orders:write']))
  })

  it.each([
    ['no address', { redirect_uris: [] }, 'invalid_redirect_uri'],
    ['an address with a star', { redirect_uris: ['https://*.example.com/cb'] }, 'invalid_redirect_uri'],
    ['a script as an address', { redirect_uris: ['javascript:alert(1)'] }, 'invalid_redirect_uri'],
    ['an address that others share', { redirect_uris: ['http://app.example.com/cb'] }, 'invalid_redirect_uri'],
    ['the implicit grant', { grant_types: ['implicit'] }, 'invalid_client_metadata'],
    ['a grant in its own name', { grant_types: ['client_credentials'] }, 'invalid_client_metadata'],
    ['token exchange', { grant_types: ['urn:ietf:params:oauth:grant-type:token-exchange'] }, 'invalid_client_metadata'],
    ['a response type without a code', { response_types: ['token'] }, 'invalid_client_metadata'],
    [
      'a way to prove itself that there is not',
      { token_endpoint_auth_method: 'client_secret_jwt' },
      'invalid_client_metadata',
    ],
    ['a logo that is a script', { logo_uri: 'javascript:alert(1)' }, 'invalid_client_metadata'],
    ['a name that turns what people read', { client_name: 'a\u202eb' }, 'invalid_client_metadata'],
    ['a private key', { jwks: { keys: [{ kty: 'oct', k: 'AAAA' }] } }, 'invalid_client_metadata'],
    ['a software statement', { software_statement: 'a.b.c' }, 'invalid_software_statement'],
    [
      'a sector of another host',
      { sector_identifier_uri: 'https://other.example.com/sector' },
      'invalid_client_metadata',
    ],
    [
      'a sector inside the house',
      { redirect_uris: ['https://127.0.0.1/cb'], sector_identifier_uri: 'https://127.0.0.1/s' },
      'invalid_client_metadata',
    ],
  ])('are refused with %s', async (_what, more, error) => {
    expect(await register({ ...WEB, ...more })).toMatchObject({ status: 400, body: { error } })
  })

  it.each(['', '{', '[]', '"text"', 'null', '3'])('are refused with a body that is %j', async (body) => {
    expect((await register(body)).status).toBe(400)
  })

  describe('look after themselves (RFC 7592)', () => {
    const start = async (more: object = {}) => {
      const { body } = await register({ ...WEB, ...more })
      const at = String(body.registration_client_uri)
      const bearer = body.registration_access_token
      return { body, at, bearer, id: String(body.client_id) }
    }

    it('read what is known of them, without their secret', async () => {
      const { at, bearer, id } = await start()
      const { status, body } = await ask(at, 'GET', undefined, bearer)
      expect([status, body.client_id, body.registration_access_token]).toEqual([200, id, bearer])
      expect(body).not.toHaveProperty('client_secret')
    })

    it('change all of it, get another token, and what administrators said stays', async () => {
      const { at, bearer, id } = await start()
      await control.call(root, 'PATCH', `/v1/clients/${id}`, { requireMfa: true })
      const sent = { client_id: id, client_name: 'Other', redirect_uris: ['https://rp.example.com/two'] }
      const changed = await ask(at, 'PUT', sent, bearer)
      expect(changed.status).toBe(200)
      expect(changed.body).toMatchObject({ client_name: 'Other', redirect_uris: ['https://rp.example.com/two'] })
      expect(changed.body.registration_access_token).not.toBe(bearer)
      expect((await ask(at, 'GET', undefined, bearer)).status).toBe(401)
      expect((await ask(at, 'GET', undefined, changed.body.registration_access_token)).status).toBe(200)
      expect((await control.call(root, 'GET', `/v1/clients/${id}`)).body).toMatchObject({
        requireMfa: true,
        name: 'Other',
      })
    })

    it('are changed once by one token, however many use it at once', async () => {
      const { at, bearer, id } = await start()
      const sent = { ...WEB, client_id: id }
      const all = await Promise.all(Array.from({ length: 6 }, () => ask(at, 'PUT', sent, bearer)))
      expect(all.filter(({ status }) => status === 200)).toHaveLength(1)
    })

    it('change nothing with a wrong request', async () => {
      const { at, bearer, id } = await start()
      const put = async (sent: object) => (await ask(at, 'PUT', sent, bearer)).status
      expect(await put({ ...WEB })).toBe(400)
      expect(await put({ ...WEB, client_id: 'cli_other' })).toBe(400)
      expect(await put({ ...WEB, client_id: id, client_secret: 'spc_wrong' })).toBe(400)
      expect(await put({ ...WEB, client_id: id, registration_access_token: bearer })).toBe(400)
      expect(await put({ ...WEB, client_id: id, grant_types: ['client_credentials'] })).toBe(400)
      expect((await ask(at, 'GET', undefined, bearer)).status).toBe(200)
    })

    it('are nobody else: not by another’s token, an invented one, none, or that of an admin', async () => {
      const [mine, other] = [await start(), await start()]
      for (const bearer of [other.bearer, `spm_${'a'.repeat(43)}`, undefined, root])
        expect((await ask(mine.at, 'GET', undefined, bearer)).status).toBe(401)
      expect((await ask(`${control.url}/oauth/register/cli_unknown`, 'GET', undefined, mine.bearer)).status).toBe(401)
    })

    it('delete themselves, and are gone', async () => {
      const { at, bearer, id } = await start()
      expect((await ask(at, 'DELETE', undefined, bearer)).status).toBe(204)
      expect((await ask(at, 'GET', undefined, bearer)).status).toBe(401)
      expect((await control.call(root, 'GET', `/v1/clients/${id}`)).status).toBe(404)
    })

    it('do not come back when an administrator disabled them', async () => {
      const { at, bearer, id } = await start()
      await control.call(root, 'PATCH', `/v1/clients/${id}`, { enabled: false })
      expect((await ask(at, 'PUT', { ...WEB, client_id: id }, bearer)).status).toBe(401)
    })
  })
})

describe.each(backends)('who may register clients, on $name', ({ open }) => {
  let world: World
  let control: Control
  const others: Control[] = []

  beforeAll(async () => {
    world = await open()
    control = await openControl(world, { env: { SALLYPORT_OAUTH_REGISTRATION: 'token' } })
  })
  afterAll(async () => {
    await Promise.all([control, ...others].map((it) => it?.stop()))
    await world?.close()
  })

  const register = (bearer?: unknown, at = control) => ask(`${at.url}/oauth/register`, 'POST', WEB, bearer)
  const at = '/v1/clients/registration-tokens'

  it('is whoever has a token, as often as it says', async () => {
    const { key } = await control.keyWith(['clients:create', 'clients:read'])
    const { status, body } = await control.call(key, 'POST', at, { name: 'onboarding', uses: 2 })
    expect([status, body.usesLeft]).toEqual([201, 2])
    const all = await Promise.all(Array.from({ length: 6 }, () => register(body.token)))
    expect(all.filter((it) => it.status === 201)).toHaveLength(2)
    expect(all.filter((it) => it.status === 401)).toHaveLength(4)
    const { items } = (await control.call(key, 'GET', at)).body
    expect(items).toMatchObject([{ id: body.id, name: 'onboarding', usesLeft: 0 }])
    expect(JSON.stringify(items)).not.toContain(body.token)
  })

  it('is nobody without one, with an invented one, or with a revoked one', async () => {
    const { key } = await control.keyWith(['clients:create'])
    const { body } = await control.call(key, 'POST', at)
    expect((await control.call(key, 'DELETE', `${at}/${body.id}`)).status).toBe(204)
    for (const bearer of [undefined, `spr_${'a'.repeat(43)}`, key, body.token])
      expect((await register(bearer)).status).toBe(401)
    expect((await control.call(key, 'DELETE', `${at}/${body.id}`)).body.code).toBe('REGISTRATION_TOKEN_UNKNOWN')
    const { key: weak } = await control.keyWith(['clients:read'])
    expect((await control.call(weak, 'POST', at)).status).toBe(403)
  })

  it('is nobody at all where it is closed, and discovery does not name it', async () => {
    const closed = await openControl(world)
    others.push(closed)
    expect((await register(undefined, closed)).status).toBe(404)
    const { body } = await closed.call(null, 'GET', '/.well-known/openid-configuration')
    expect(body).not.toHaveProperty('registration_endpoint')
  })

  it('is everybody where it is open, a few times a day and until the registry is full', async () => {
    const limits = { SALLYPORT_OAUTH_REGISTRATION: 'open', SALLYPORT_OAUTH_REGISTRATIONS_PER_ADDRESS: '2' }
    const few = await openControl(world, { env: limits })
    const full = await openControl(world, {
      env: { SALLYPORT_OAUTH_REGISTRATION: 'open', SALLYPORT_OAUTH_REGISTRATIONS_MOST: '1' },
    })
    others.push(few, full)
    const visitor = openVisitor(few.url, { address: '127.0.9.77' })
    const again = () => visitor.post('/oauth/register', WEB)
    expect([(await again()).status, (await again()).status]).toEqual([201, 201])
    const third = await again()
    expect([third.status, third.headers.get('retry-after')]).toEqual([429, '3600'])
    expect((await register(undefined, full)).status).toBe(503)
  })
})

describe('a token that lets clients register, by a command', { timeout: 120_000 }, () => {
  it('is told once, and works', async () => {
    const world = await (backends[0] as (typeof backends)[number]).open()
    const place = await openPlace(world, '{}\n')
    const made = await place.command(['clients', 'registration-token', '--uses', '1', '--life', '1h'])
    expect(made.code, made.stderr).toBe(0)
    const [id, token] = made.stdout.trim().split('\n')
    expect(id).toMatch(/^rgt_/)
    const control = await openControl(world, { env: { SALLYPORT_OAUTH_REGISTRATION: 'token' } })
    expect((await ask(`${control.url}/oauth/register`, 'POST', WEB, token)).status).toBe(201)
    expect((await ask(`${control.url}/oauth/register`, 'POST', WEB, token)).status).toBe(401)
    await control.stop()
    await world.close()
  })
})

describe.each(backends)('clients that registered themselves and are of no use to anybody, on $name', ({ open }) => {
  const DAY = 86_400_000
  let world: World
  let ahead = 0

  beforeAll(async () => {
    world = await open()
  })
  afterAll(() => world?.close())

  const openWith = (more: Record<string, string>) => {
    const env = { SALLYPORT_OAUTH_REGISTRATION: 'open', ...more }
    return openControl(world, { issuerHost: 'localhost', env, clock: { now: () => Date.now() + ahead } })
  }

  it('go when they were not used for as long as the configuration says, and no others', async () => {
    let control = await openWith({})
    const register = async (more: object) => {
      const { body } = await ask(`${control.url}/oauth/register`, 'POST', { ...WEB, ...more })
      return { id: String(body.client_id), secret: (body.client_secret as string) ?? null, token: body }
    }
    const none = { token_endpoint_auth_method: 'none' }
    const [used, idle, made] = [await register(none), await register({}), await makeClient(control)]
    const { clients } = control.serving.system
    const isThere = async ({ id }: { id: string }) => (await clients.findClient(id)) !== null

    ahead = 20 * DAY
    const config = await discover(control, used)
    const { visitor } = await signIn(control)
    await agreeAt(visitor, (await askFor(config)).url)
    await clients.flush()

    ahead = 40 * DAY
    await control.serving.system.authorization.sweep()
    expect(await Promise.all([used, idle, made].map(isThere))).toEqual([true, true, true])
    await control.stop()

    control = await openWith({ SALLYPORT_OAUTH_REGISTRATIONS_UNUSED_AFTER: '30d' })
    const { key } = await control.keyWith(['audit:read'])
    await control.serving.system.authorization.sweep()
    const left = await Promise.all(
      [used, idle, made].map(async ({ id }) => (await control.serving.system.clients.findClient(id)) !== null),
    )
    expect(left).toEqual([true, false, true])
    const found = await control.call(key, 'GET', `/v1/audit/events?resource=${idle.id}&type=client.deleted`)
    expect(found.body.items).toMatchObject([{ details: { name: 'App', reason: 'nobody used it' } }])
    const again = await ask(
      `${control.url}/oauth/register/${idle.id}`,
      'GET',
      undefined,
      idle.token.registration_access_token,
    )
    expect(again.status).toBe(401)
    await control.stop()
  })
})
