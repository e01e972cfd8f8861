import * as oidc from 'openid-client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { systemClock } from '../../src/core/index.ts'
import { operator } from '../../src/server/index.ts'
import { backends, type World } from '../support/backends.ts'
import { type Control, openControl } from '../support/control.ts'
import { type Made, makePerson } from '../support/people.ts'
import { type Receiver, startReceiver } from '../support/receiver.ts'
import {
  type Authorization,
  authorize,
  CALLBACK,
  discover,
  follow,
  makeClient,
  redeem,
  signIn,
} from '../support/relying-party.ts'
import type { Visitor } from '../support/visitor.ts'

const API = 'https://api.example.com'
const HOUR = 3_600_000
const LANDING = 'https://rp.example.com/bye'
const operating = { principal: operator, address: null, userAgent: 'test', requestId: null }
const env = {
  SALLYPORT_OAUTH_RESOURCES: JSON.stringify([{ id: API, scopes: ['orders:read'] }]),
  SALLYPORT_GUARD_OUTBOUND_ALLOW_INSECURE_HTTP: 'true',
  SALLYPORT_GUARD_OUTBOUND_ALLOW_ANY_PORT: 'true',
  SALLYPORT_GUARD_OUTBOUND_ALLOW_PRIVATE_NETWORKS: '["127.0.0.0/8"]',
}

type Claims = Readonly<Record<string, unknown>> & { readonly sid: string; readonly exp: number; readonly iat: number }
const claimsOf = (token = ''): Claims => JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())

/** Goes through an authorization request whose client wants the person asked, as `offline_access` needs it. */
async function authorizeAgreeing(
  config: oidc.Configuration,
  visitor: Visitor,
  parameters: Record<string, string>,
): Promise<Authorization> {
  const [verifier, state, nonce] = [oidc.randomPKCECodeVerifier(), oidc.randomState(), oidc.randomNonce()]
  const url = oidc.buildAuthorizationUrl(config, {
    redirect_uri: CALLBACK,
    code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    ...{ state, nonce, prompt: 'consent', ...parameters },
  })
  const { url: asking } = await follow(visitor, url)
  const agreed = await visitor.post(`${asking.pathname}/consent`, new URLSearchParams({ answer: 'allow' }))
  expect(agreed.status).toBeLessThan(400)
  const uid = asking.pathname.split('/').at(-1)
  const { url: callback } = await follow(visitor, new URL(`/oauth/authorize/${uid}`, asking))
  return { callback, verifier, state, nonce }
}

describe.each(backends)('what hangs on a session, on $name', ({ open }) => {
  let world: World
  let control: Control
  let there: Control
  let receiver: Receiver
  let later = 0

  beforeAll(async () => {
    world = await open()
    receiver = await startReceiver()
    const clock = { now: () => systemClock.now() + later }
    control = await openControl(world, { issuerHost: 'localhost', clock, env })
    there = await openControl(world, { clock, env: { ...env, SALLYPORT_ISSUER: control.url } })
  })
  afterAll(async () => {
    await Promise.all([control?.stop(), there?.stop()])
    await receiver?.close()
    await world?.close()
  })

  /** Somebody signs in to a program that wants to know when they sign out. */
  async function begin(options: { scope?: string; person?: Made; visitor?: Visitor; more?: object } = {}) {
    const path = `/rp-${Math.random().toString(36).slice(2)}`
    const client = await makeClient(control, {
      applicationType: 'native',
      scopes: ['openid', 'offline_access', 'orders:read'],
      backchannelLogoutUri: new URL(path, receiver.url).href,
      postLogoutRedirectUris: [LANDING],
      ...options.more,
    })
    const config = await discover(control, client)
    const known = options.person ?? (await makePerson(control, { roles: ['analyst'] }))
    const visitor = options.visitor ?? (await signIn(control, known)).visitor
    const scope = options.scope ?? 'openid orders:read'
    const get = scope.includes('offline_access') ? authorizeAgreeing : authorize
    const plain = await redeem(config, await get(config, visitor, { scope: scope.replace(' orders:read', '') }))
    const api = await redeem(config, await get(config, visitor, { scope, resource: API }))
    const notices = () => receiver.received.filter((it) => it.path === path)
    return { client, config, person: known, visitor, opaque: plain.access_token, api, plain, notices }
  }
  type Begun = Awaited<ReturnType<typeof begin>>

  const activeAt = async (node: Control, { client }: Begun, token: string): Promise<boolean> => {
    const answer = await fetch(new URL('/oauth/introspect', node.url), {
      method: 'POST',
      headers: { authorization: `Basic ${Buffer.from(`${client.id}:${client.secret}`).toString('base64')}` },
      body: new URLSearchParams({ token }),
    })
    return ((await answer.json()) as { active: boolean }).active
  }
  const soonDead = (begun: Begun, token: string) =>
    Promise.all(
      [control, there].map((node) =>
        expect.poll(() => activeAt(node, begun, token), { timeout: 10_000, interval: 50 }).toBe(false),
      ),
    )
  const renews = async ({ config }: Begun, refresh: string | undefined): Promise<boolean> => {
    try {
      return (await oidc.refreshTokenGrant(config, refresh ?? '')).access_token !== ''
    } catch (error) {
      expect((error as { error?: string }).error).toBe('invalid_grant')
      return false
    }
  }
  const told = (begun: Begun, times = 1) => expect.poll(() => begun.notices().length, { timeout: 20_000 }).toBe(times)

  it('ends with it: tokens on every node, refresh tokens, and the program is told by a signed notice', async () => {
    const begun = await begin()
    const { visitor, api, opaque, plain, client, person } = begun
    const { sid } = claimsOf(api.id_token)
    expect(claimsOf(api.access_token).sid).toBe(sid)
    for (const node of [control, there]) {
      for (const token of [api.access_token, opaque]) expect(await activeAt(node, begun, token)).toBe(true)
    }
    expect((await visitor.post('/v1/auth/logout')).status).toBe(204)
    await Promise.all([soonDead(begun, api.access_token), soonDead(begun, opaque)])
    for (const { refresh_token } of [api, plain]) expect(await renews(begun, refresh_token)).toBe(false)
    await told(begun)
    const token = new URLSearchParams(begun.notices()[0]?.body).get('logout_token') ?? ''
    expect(JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()).typ).toBe('logout+jwt')
    const logout = claimsOf(token)
    expect(logout).toMatchObject({ iss: control.url, aud: client.id, sub: person.id, sid })
    expect(logout.events).toEqual({ 'http://schemas.openid.net/event/backchannel-logout': {} })
    expect(logout).not.toHaveProperty('nonce')
    expect(logout.jti).toMatch(/^tok_/)
    const { key } = await control.keyWith(['audit:read'])
    const search = `/v1/audit/events?type=backchannel_logout.sent&resource=${client.id}`
    await expect.poll(async () => (await control.call(key, 'GET', search)).body.items.length).toBe(1)
  })

  it('does not end with another session of the same person', async () => {
    const begun = await begin()
    const other = await begin({ person: begun.person })
    await other.visitor.post('/v1/auth/logout')
    await soonDead(other, other.api.access_token)
    expect(await activeAt(control, begun, begun.api.access_token)).toBe(true)
    expect(await renews(begun, begun.api.refresh_token)).toBe(true)
    await told(other)
    expect(begun.notices()).toEqual([])
  })

  it('outlives it with offline_access, as long as the person is not signed out everywhere', async () => {
    const begun = await begin({ scope: 'openid offline_access orders:read' })
    const { visitor, person, config } = begun
    await visitor.post('/v1/auth/logout')
    await soonDead(begun, begun.api.access_token)
    const renewed = await oidc.refreshTokenGrant(config, begun.api.refresh_token ?? '')
    expect(await activeAt(control, begun, renewed.access_token)).toBe(true)
    const { visitor: again } = await signIn(control, person)
    expect((await again.delete('/v1/account/sessions?which=all')).status).toBe(200)
    await soonDead(begun, renewed.access_token)
    expect(await renews(begun, renewed.refresh_token)).toBe(false)
  })

  const ends: readonly (readonly [string, (begun: Begun) => Promise<unknown>])[] = [
    [
      'an administrator disables the person',
      ({ person }) =>
        control.serving.system.identity.people.change({ id: person.id, version: null }, { enabled: false }, operating),
    ],
    [
      'an administrator signs the person out',
      ({ person }) => control.serving.system.identity.people.endSessions(person.id, operating),
    ],
    [
      'the person changes the password elsewhere',
      async ({ person }) => {
        const { visitor } = await signIn(control, person)
        const words = { current: person.password, password: 'another horse battery 71' }
        const answer = await visitor.post('/v1/auth/password/change', words)
        expect([answer.status, answer.body?.code]).toEqual([204, undefined])
      },
    ],
    ['the person is erased', ({ person }) => control.serving.system.identity.people.erase(person.id, operating)],
  ]
  it.each(ends)('ends when %s, offline_access too', async (_, end) => {
    const begun = await begin({ scope: 'openid offline_access orders:read' })
    await end(begun)
    await Promise.all([soonDead(begun, begun.api.access_token), soonDead(begun, begun.opaque)])
    expect(await renews(begun, begun.api.refresh_token)).toBe(false)
    await told(begun)
  })

  it('says nothing of before once rights changed, and a refresh token gets what is true now', async () => {
    const begun = await begin({ scope: 'openid offline_access orders:read' })
    const { people } = control.serving.system.identity
    await people.change({ id: begun.person.id, version: null }, { roles: ['user'] }, operating)
    await soonDead(begun, begun.api.access_token)
    const renewed = await oidc.refreshTokenGrant(begun.config, begun.api.refresh_token ?? '')
    expect(claimsOf(renewed.access_token).permissions ?? []).toEqual([])
  })

  it('ends with its client', async () => {
    const begun = await begin()
    const { clients } = control.serving.system
    await clients.change({ id: begun.client.id, version: null }, { enabled: false }, operating)
    await clients.change({ id: begun.client.id, version: null }, { enabled: true }, operating)
    await Promise.all([soonDead(begun, begun.api.access_token), soonDead(begun, begun.opaque)])
    expect(await renews(begun, begun.api.refresh_token)).toBe(false)
  })

  it('ends with the organization that its person acts in, and stays ended when that is enabled again', async () => {
    const { organizations } = control.serving.system.identity
    const name = `Elsewhere ${Math.random()}`
    const made = await organizations.create({ name, policy: {}, join: false }, operating, null)
    if (!made.ok) throw new Error(made.problem.code)
    const { id } = made.value
    const person = await makePerson(control, { roles: ['analyst'], organization: id })
    const begun = await begin({ scope: 'openid offline_access orders:read', person })
    await begun.visitor.post('/v1/auth/logout')
    const renewed = await oidc.refreshTokenGrant(begun.config, begun.api.refresh_token ?? '')
    const other = await begin({ scope: 'openid offline_access orders:read' })
    expect(await activeAt(there, begun, renewed.access_token)).toBe(true)
    await organizations.change({ id, version: null }, { enabled: false }, operating)
    await soonDead(begun, renewed.access_token)
    await organizations.change({ id, version: null }, { enabled: true }, operating)
    await soonDead(begun, renewed.access_token)
    expect(await renews(begun, renewed.refresh_token)).toBe(false)
    expect(await activeAt(control, other, other.api.access_token)).toBe(true)
    expect(await renews(other, other.api.refresh_token)).toBe(true)
  })

  it('ends when a client signs the person out, who is then signed out here as well', async () => {
    const frame = 'https://rp.example.com/forget?tab=1'
    const begun = await begin({ more: { frontchannelLogoutUri: frame } })
    const { visitor, config, api } = begun
    const url = oidc.buildEndSessionUrl(config, {
      id_token_hint: api.id_token ?? '',
      post_logout_redirect_uri: LANDING,
    })
    const asked = await visitor.get(url.pathname + url.search, undefined, { accept: 'text/html' })
    const xsrf = /name="xsrf" value="([^"]+)"/.exec(String(asked.body))?.[1] ?? ''
    const done = await visitor.post('/oauth/logout/confirm', new URLSearchParams({ xsrf, logout: 'yes' }))
    expect(done.status).toBe(200)
    expect(visitor.cookies().map(({ name }) => name)).not.toContain('__Host-sallyport_session')
    const { sid } = claimsOf(api.id_token)
    const shown = String(done.body)
    expect(shown).toContain(
      `src="https://rp.example.com/forget?tab=1&amp;iss=${encodeURIComponent(control.url)}&amp;sid=${sid}"`,
    )
    expect(shown).toContain(`url=${LANDING}`)
    expect(done.headers.get('content-security-policy')).toContain('frame-src https://rp.example.com/forget;')
    expect((await visitor.get('/v1/account/sessions')).status).toBe(401)
    await soonDead(begun, api.access_token)
    expect(await renews(begun, api.refresh_token)).toBe(false)
    await told(begun)
  })

  it('is told again to a program that did not take notice', async () => {
    const begun = await begin()
    let tries = 0
    receiver.answer((response) => void response.writeHead(++tries === 1 ? 503 : 200).end())
    await begun.visitor.post('/v1/auth/logout')
    await told(begun, 2)
    const jtis = begun.notices().map(({ body }) => claimsOf(new URLSearchParams(body).get('logout_token') ?? '').jti)
    expect(new Set(jtis).size).toBe(2)
    receiver.answer((response) => void response.writeHead(204).end())
  })

  it('lasts no longer than it, however long tokens last', async () => {
    const { person, visitor } = await begin()
    await control.serving.system.store.write(async (tx) => {
      await tx
        .tables<{ session: { ends_at: number; person_id: string } }>()
        .updateTable('session')
        .set({ ends_at: systemClock.now() + 10 * 60_000 })
        .where('person_id', '=', person.id)
        .execute()
    })
    const { api } = await begin({ person, visitor })
    const { exp, iat } = claimsOf(api.access_token)
    expect(exp - iat).toBeLessThanOrEqual(600)
    expect(api.expires_in).toBeLessThanOrEqual(600)
  })

  it('ends when its time is over, and programs are told', async () => {
    const begun = await begin()
    later += 25 * HOUR
    await control.serving.system.identity.sweep()
    await control.serving.system.authorization.sweep()
    expect(await renews(begun, begun.api.refresh_token)).toBe(false)
    await told(begun)
    expect(await activeAt(control, begun, begun.opaque)).toBe(false)
  })
})
