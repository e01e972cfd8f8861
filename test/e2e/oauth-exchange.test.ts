import { decodeJwt } from 'jose'
import * as oidc from 'openid-client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { TOKEN_EXCHANGE } from '../../src/oauth/index.ts'
import { backends, type World } from '../support/backends.ts'
import { type Control, openControl } from '../support/control.ts'
import { makePerson } from '../support/people.ts'
import { authorize, discover, makeClient, type Registered, redeem, signIn } from '../support/relying-party.ts'

const [SHOP, STOCK, OPAQUE] = ['https://shop.example.com', 'https://stock.example.com', 'https://opaque.example.com']
const ACCESS = 'urn:ietf:params:oauth:token-type:access_token'
const ID = 'urn:ietf:params:oauth:token-type:id_token'
const SCOPES = ['orders:read', 'stock:read', 'stock:write']

type Answer = { access_token?: string; error?: string; [member: string]: unknown }

describe.each(backends)('trading a token for another (RFC 8693), on $name', ({ open }) => {
  let world: World
  let control: Control
  let web: Registered

  beforeAll(async () => {
    world = await open()
    const resources = [
      { id: SHOP, scopes: SCOPES },
      { id: STOCK, scopes: SCOPES },
      { id: OPAQUE, scopes: SCOPES, accessTokens: 'opaque' },
    ]
    control = await openControl(world, {
      issuerHost: 'localhost',
      env: { SALLYPORT_OAUTH_RESOURCES: JSON.stringify(resources) },
    })
    web = await makeClient(control, { scopes: ['openid', 'offline_access', ...SCOPES] })
  })
  afterAll(async () => {
    await control?.stop()
    await world?.close()
  })

  const makeService = (permissions: readonly string[], more: object = {}) =>
    makeClient(control, {
      grants: [TOKEN_EXCHANGE, 'client_credentials'],
      redirectUris: [],
      scopes: SCOPES,
      permissions,
      firstParty: false,
      consent: 'once',
      ...more,
    })

  const person = async (scope = 'openid orders:read stock:read', resource = SHOP) => {
    const { person: made, visitor } = await signIn(control, await makePerson(control, { roles: ['analyst'] }))
    const config = await discover(control, web)
    const tokens = await redeem(config, await authorize(config, visitor, { scope, resource }))
    return { id: made.id, visitor, config, tokens, token: tokens.access_token }
  }

  const trade = async (client: Registered, form: Record<string, string>): Promise<Answer> => {
    const answer = await fetch(new URL('/oauth/token', control.url), {
      method: 'POST',
      headers: { authorization: `Basic ${Buffer.from(`${client.id}:${client.secret}`).toString('base64')}` },
      body: new URLSearchParams({ grant_type: TOKEN_EXCHANGE, resource: STOCK, ...form }),
    })
    return (await answer.json()) as Answer
  }
  const subject = (token: string, type = ACCESS) => ({ subject_token: token, subject_token_type: type })

  it('names who acts, and who it is about, with no more than the first token had', async () => {
    const service = await makeService(['tokens:delegate'])
    const { id, token } = await person()
    const answer = await trade(service, subject(token))
    expect(answer).toMatchObject({ issued_token_type: ACCESS, token_type: 'Bearer', scope: 'orders:read stock:read' })
    const claims = decodeJwt(answer.access_token ?? '')
    const first = decodeJwt(token)
    expect(claims).toMatchObject({ sub: id, aud: STOCK, client_id: service.id, act: { sub: service.id }, acr: 'aal1' })
    expect(claims).toMatchObject({ gid: first.gid, permissions: ['orders:read', 'stock:read'] })
    expect(claims.exp).toBeLessThanOrEqual(first.exp ?? 0)
    expect(answer).not.toHaveProperty('refresh_token')
  })

  it('names each who acted before, and refuses a chain that is too long', async () => {
    const service = await makeService(['tokens:delegate'])
    const others = await makeService(['tokens:delegate'])
    const { token } = await person()
    let last = (await trade(service, subject(token))).access_token ?? ''
    last = (await trade(others, subject(last))).access_token ?? ''
    expect(decodeJwt(last)).toMatchObject({ act: { sub: others.id, act: { sub: service.id } } })
    for (let i = 0; i < 3; i++) last = (await trade(others, subject(last))).access_token ?? ''
    expect((await trade(others, subject(last))).error).toBe('invalid_grant')
  })

  it('names the actor whose token is shown', async () => {
    const service = await makeService(['tokens:delegate'])
    const [about, actor] = [await person(), await person()]
    const answer = await trade(service, {
      ...subject(about.token),
      actor_token: actor.token,
      actor_token_type: ACCESS,
    })
    expect(decodeJwt(answer.access_token ?? '')).toMatchObject({
      sub: about.id,
      act: { sub: actor.id, client_id: web.id },
    })
  })

  it('names nobody for a client that may impersonate and nothing else', async () => {
    const service = await makeService(['tokens:impersonate'])
    const { id, token } = await person()
    const claims = decodeJwt((await trade(service, subject(token))).access_token ?? '')
    expect(claims.sub).toBe(id)
    expect(claims).not.toHaveProperty('act')
    const withActor = { ...subject(token), actor_token: token, actor_token_type: ACCESS }
    expect((await trade(service, withActor)).error).toBe('unauthorized_client')
  })

  it('needs the permission by its name: no role and no star of a resource gives it', async () => {
    const { token } = await person()
    for (const permissions of [[], ['tokens:*'], ['users:impersonate']])
      expect((await trade(await makeService(permissions), subject(token))).error).toBe('unauthorized_client')
  })

  it('takes an ID token of the client itself, as far as was agreed with it', async () => {
    const { config, visitor, tokens, id } = await person()
    const service = await makeService(['tokens:delegate'])
    expect((await trade(service, subject(tokens.id_token ?? '', ID))).error).toBe('invalid_grant')
    const both = await makeClient(control, {
      grants: ['authorization_code', TOKEN_EXCHANGE],
      scopes: ['openid', ...SCOPES],
      permissions: ['tokens:delegate'],
    })
    const own = await discover(control, both)
    const asked = { scope: 'openid stock:read', resource: STOCK }
    const { id_token } = await redeem(own, await authorize(own, visitor, asked))
    const answer = await trade(both, subject(id_token ?? '', ID))
    expect(answer).toMatchObject({ scope: 'stock:read' })
    expect(decodeJwt(answer.access_token ?? '')).toMatchObject({ sub: id, aud: STOCK })
    expect(config.serverMetadata().issuer).toBe(control.url)
  })

  it('takes a token that is not signed', async () => {
    const service = await makeService(['tokens:delegate'])
    const { token, id } = await person('openid stock:read', OPAQUE)
    expect(token).not.toContain('.')
    const answer = await trade(service, subject(token))
    expect(decodeJwt(answer.access_token ?? '')).toMatchObject({
      sub: id,
      scope: 'stock:read',
      gid: expect.any(String),
    })
  })

  it('gives no more than was asked, and refuses to give more than there is', async () => {
    const service = await makeService(['tokens:delegate'])
    const { token } = await person()
    expect(await trade(service, { ...subject(token), scope: 'stock:read' })).toMatchObject({ scope: 'stock:read' })
    expect((await trade(service, { ...subject(token), scope: 'stock:read stock:write' })).error).toBe('invalid_scope')
    const narrow = await makeService(['tokens:delegate'], { scopes: ['stock:write'] })
    expect((await trade(narrow, subject(token))).error).toBe('invalid_scope')
  })

  it('is for one API that the client may ask for', async () => {
    const service = await makeService(['tokens:delegate'], { resources: [STOCK] })
    const { token } = await person()
    const error = async (form: Record<string, string>) => (await trade(service, { ...subject(token), ...form })).error
    expect(await error({ resource: SHOP })).toBe('invalid_target')
    expect(await error({ resource: 'https://nowhere.example.com' })).toBe('invalid_target')
    expect(await error({ audience: SHOP })).toBe('invalid_target')
    const open = await makeService(['tokens:delegate'])
    expect((await trade(open, { ...subject(token), resource: OPAQUE })).error).toBe('invalid_target')
  })

  it.each([
    ['no token', { subject_token: '' }, 'invalid_request'],
    ['a token that is none', { subject_token: 'nonsense' }, 'invalid_grant'],
    ['a token that others signed', { subject_token: 'eyJhbGciOiJub25lIn0.e30.' }, 'invalid_grant'],
    ['a type that there is not', { subject_token_type: 'urn:ietf:params:oauth:token-type:saml2' }, 'invalid_grant'],
    ['an actor without a type', { actor_token: 'x' }, 'invalid_request'],
    [
      'a wish for a refresh token',
      { requested_token_type: 'urn:ietf:params:oauth:token-type:refresh_token' },
      'invalid_request',
    ],
  ])('refuses %s', async (_what, form, error) => {
    const service = await makeService(['tokens:delegate'])
    const { token } = await person()
    expect((await trade(service, { ...subject(token), ...form })).error).toBe(error)
  })

  it('refuses the token of a service, a token that is revoked, and one of somebody who is locked', async () => {
    const service = await makeService(['tokens:delegate'])
    const own = await trade(service, { grant_type: 'client_credentials' })
    expect((await trade(service, subject(own.access_token ?? ''))).error).toBe('invalid_request')
    const revoked = await person()
    await oidc.tokenRevocation(revoked.config, revoked.token)
    expect((await trade(service, subject(revoked.token))).error).toBe('invalid_grant')
    const locked = await person()
    const { key } = await control.keyWith(['*'], { scopes: ['*'] })
    expect((await control.call(key, 'POST', `/v1/users/${locked.id}/disable`)).status).toBe(200)
    expect((await trade(service, subject(locked.token))).error).toBe('invalid_grant')
  })

  it('ends with the grant that the first token came from', async () => {
    const service = await makeService(['tokens:delegate'])
    const { config, token, tokens } = await person('openid offline_access orders:read stock:read')
    const { access_token = '' } = await trade(service, subject(token))
    const active = async () => {
      const own = await discover(control, service)
      return (await oidc.tokenIntrospection(own, access_token)).active
    }
    expect(await active()).toBe(true)
    await oidc.tokenRevocation(config, tokens.refresh_token ?? '')
    expect(await active()).toBe(false)
  })
})
