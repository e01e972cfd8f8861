import * as oidc from 'openid-client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { backends, type World } from '../support/backends.ts'
import { type Control, openControl } from '../support/control.ts'
import { openPage, press, toldIn } from '../support/pages.ts'
import { makePerson } from '../support/people.ts'
import {
  askFor,
  authorize,
  discover,
  follow,
  makeClient,
  type Registered,
  redeem,
  signIn,
} from '../support/relying-party.ts'
import type { Visitor } from '../support/visitor.ts'

const API = 'https://api.example.com'
const SCOPES = ['openid', 'profile', 'email', 'offline_access', 'orders:read', 'orders:write']

describe.each(backends)('what people agree to, on $name', ({ open }) => {
  let world: World
  let control: Control

  beforeAll(async () => {
    world = await open()
    const env = {
      SALLYPORT_IDENTITY_ANSWER_DELAY: '0ms',
      SALLYPORT_OAUTH_RESOURCES: JSON.stringify([{ id: API, name: 'Orders', scopes: ['orders:read', 'orders:write'] }]),
      SALLYPORT_ACCESS_SCOPES: JSON.stringify({ 'orders:read': 'See your orders', 'orders:write': 'Place orders' }),
    }
    control = await openControl(world, { issuerHost: 'localhost', env })
  })
  afterAll(async () => {
    await control?.stop()
    await world?.close()
  })

  const theirs = (wish: Parameters<typeof makeClient>[1] = {}) =>
    makeClient(control, { name: 'Engines', firstParty: false, consent: 'once', scopes: SCOPES, ...wish })
  const allow = { answer: 'allow' }

  async function agree(visitor: Visitor, client: Registered, more: Readonly<Record<string, string>> = {}) {
    const config = await discover(control, client)
    const { url, ...asked } = await askFor(config, more)
    const page = await openPage(visitor, url)
    expect(page.heading).toContain('asks for your permission')
    const end = await press(visitor, page, 'consent', allow)
    if (!('callback' in end)) throw new Error(end.heading)
    return { config, page, tokens: await redeem(config, { ...asked, callback: end.callback }) }
  }

  async function told(type: string, resource: string) {
    const { key } = await control.keyWith(['audit:read'])
    const find = async () =>
      (await control.call(key, 'GET', `/v1/audit/events?type=${type}&resource=${resource}`)).body.items
    await expect.poll(find).not.toHaveLength(0)
    return find()
  }

  it('names the client, what each scope lets it do and where it leads, and needs no script to be answered', async () => {
    const { visitor, person } = await signIn(control, await makePerson(control, { roles: ['admin'] }))
    const scope = 'openid email offline_access orders:read'
    const { page, tokens } = await agree(visitor, await theirs(), { scope, resource: API, prompt: 'consent' })
    const seen = ['Engines', person.email, 'See your e-mail address', 'At Orders', 'See your orders']
    for (const text of [...seen, 'while you are away', 'rp.example.com']) expect(page.html).toContain(text)
    expect(page.html).not.toContain('Place orders')
    expect(page.html).toMatch(/<form method="post" action="\/oauth\/interaction\/[\w-]+\/consent">/)
    expect(tokens.scope).toBe('orders:read')
  })

  it('is asked once, in every browser, and leaves an Event', async () => {
    const client = await theirs()
    const { person, visitor } = await signIn(control)
    const { config } = await agree(visitor, client)
    await authorize(config, visitor)
    await authorize(config, visitor, { prompt: 'none' })
    const { visitor: elsewhere } = await signIn(control, person)
    await authorize(config, elsewhere)
    const consents = (await visitor.get('/v1/account/consents')).body.items
    expect(consents).toMatchObject([{ client: { id: client.id, name: 'Engines' }, organization: 'org_default' }])
    const [event] = await told('consent.granted', consents[0].id)
    expect(event).toMatchObject({
      principal: person.id,
      details: { client: client.id, scopes: 'openid profile email' },
    })
  })

  it('is asked only for what comes on top', async () => {
    const client = await theirs()
    const { visitor } = await signIn(control, await makePerson(control, { roles: ['admin'] }))
    await agree(visitor, client, { scope: 'openid orders:read', resource: API })
    const { page, tokens } = await agree(visitor, client, { scope: 'openid orders:read orders:write', resource: API })
    expect(page.html).toContain('Place orders')
    expect(page.html).not.toContain('See your orders')
    expect(page.html).toContain('You agreed to something before')
    expect(tokens.scope).toBe('orders:read orders:write')
  })

  it('is asked each time where the client says so, and by prompt=consent, for all of it', async () => {
    const always = await theirs({ consent: 'always' })
    const { visitor } = await signIn(control)
    for (let time = 0; time < 2; time++) {
      const { page } = await agree(visitor, always)
      expect(page.html).toContain('See your e-mail address')
    }
    const once = await theirs()
    await agree(visitor, once)
    expect((await agree(visitor, once, { prompt: 'consent' })).page.html).toContain('See your e-mail address')
  })

  it('is never asked for a program of our own, not even the first time without anybody there', async () => {
    const config = await discover(control, await makeClient(control))
    const { visitor } = await signIn(control)
    await authorize(config, visitor, { prompt: 'none' })
    expect((await visitor.get('/v1/account/consents')).body.items).toEqual([])
  })

  it('can be refused: the client hears access_denied, and the next time it is asked again', async () => {
    const client = await theirs()
    const config = await discover(control, client)
    const { visitor } = await signIn(control)
    for (const fields of [{ answer: 'deny' }, {}, { answer: 'Allow' }] as Record<string, string>[]) {
      const page = await openPage(visitor, (await askFor(config)).url)
      expect(toldIn(await press(visitor, page, 'consent', fields))).toMatchObject({ error: 'access_denied' })
    }
    expect((await told('consent.denied', client.id))[0].details).toMatchObject({ client: client.id })
    expect((await visitor.get('/v1/account/consents')).body.items).toEqual([])
  })

  it('is shown and given only what the person holds, and the answer says what that is', async () => {
    const { visitor } = await signIn(control, await makePerson(control, { roles: ['analyst'] }))
    const scope = 'openid orders:read orders:write'
    const { page, tokens } = await agree(visitor, await theirs(), { scope, resource: API })
    expect(page.html).toContain('See your orders')
    expect(page.html).not.toContain('Place orders')
    expect(tokens.scope).toBe('orders:read')
    const [consent] = (await visitor.get('/v1/account/consents')).body.items
    const names = consent.scopes.map(({ name }: { name: string }) => name)
    expect(names.sort()).toEqual(['openid', 'orders:read'])
  })

  it('is nobody’s but the person’s at that browser: no form of another page is believed', async () => {
    const config = await discover(control, await theirs())
    const { visitor } = await signIn(control)
    const page = await openPage(visitor, (await askFor(config)).url)
    const address = `${page.url.pathname}/consent`
    const send = (headers: Record<string, string | null>, from = visitor) =>
      from.post(address, new URLSearchParams(allow), headers)
    const foreign = [
      { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' },
      { origin: 'null', 'sec-fetch-site': 'cross-site' },
      { origin: 'null', 'sec-fetch-site': 'same-origin' },
      { origin: null, 'sec-fetch-site': 'same-site' },
      { origin: null, 'sec-fetch-site': null },
      { origin: control.url, 'sec-fetch-site': 'cross-site' },
    ]
    for (const headers of foreign) expect((await send(headers)).status, JSON.stringify(headers)).toBe(403)
    const { visitor: other } = await signIn(control)
    expect((await send({}, other)).status).toBe(400)
    expect((await visitor.get('/v1/account/consents')).body.items).toEqual([])
    expect((await openPage(visitor, page.url)).heading).toContain('asks for your permission')
  })

  it('counts for who agreed: whoever signs in meanwhile is asked themselves', async () => {
    const config = await discover(control, await theirs())
    const { visitor } = await signIn(control)
    const page = await openPage(visitor, (await askFor(config)).url)
    await visitor.post('/v1/auth/logout')
    const other = await makePerson(control)
    await visitor.post('/v1/auth/login', { email: other.email, password: other.password })
    const end = await press(visitor, page, 'consent', allow)
    expect('callback' in end ? 'at the client' : end.heading).toContain('asks for your permission')
    expect((await visitor.get('/v1/account/consents')).body.items).toEqual([])
  })

  it('counts in the organization where it was given, and no other', async () => {
    const { key } = await control.keyWith(['*'], { scopes: ['*'] })
    const { body: other } = await control.call(key, 'POST', '/v1/organizations', { name: `Other ${Date.now()}` })
    const { person, visitor } = await signIn(control)
    const put = await control.call(key, 'PUT', `/v1/organizations/${other.id}/members/${person.id}`, {
      roles: ['user'],
    })
    expect(put.status, JSON.stringify(put.body)).toBeLessThan(300)
    const { config } = await agree(visitor, await theirs())
    await visitor.post('/v1/account/organization', { organization: other.id })
    const page = await openPage(visitor, (await askFor(config)).url)
    expect(page.heading).toContain('asks for your permission')
  })

  it('can be withdrawn by the person: every token of it ends, and the client has to ask again', async () => {
    const client = await theirs()
    const { visitor } = await signIn(control)
    const { config, tokens } = await agree(visitor, client)
    const [consent] = (await visitor.get('/v1/account/consents')).body.items
    const { visitor: other } = await signIn(control)
    expect((await other.delete(`/v1/account/consents/${consent.id}`)).body.code).toBe('CONSENT_UNKNOWN')
    expect((await visitor.delete(`/v1/account/consents/${consent.id}`)).status).toBe(204)
    expect((await visitor.delete(`/v1/account/consents/${consent.id}`)).status).toBe(404)
    await expect(oidc.refreshTokenGrant(config, tokens.refresh_token ?? '')).rejects.toMatchObject({
      error: 'invalid_grant',
    })
    await expect.poll(async () => (await oidc.tokenIntrospection(config, tokens.access_token)).active).toBe(false)
    expect((await told('consent.withdrawn', consent.id))[0].details).toMatchObject({ client: client.id, grants: 1 })
    const page = await openPage(visitor, (await askFor(config)).url)
    expect(page.heading).toContain('asks for your permission')
  })

  it('is seen and withdrawn by administrators of the same organization alone', async () => {
    const { person, visitor } = await signIn(control)
    const { config, tokens } = await agree(visitor, await theirs())
    const { key } = await control.keyWith(['users:read'])
    const path = `/v1/users/${person.id}/consents`
    expect((await control.call(key, 'GET', path)).body.items).toHaveLength(1)
    expect((await control.call(key, 'DELETE', path)).status).toBe(403)
    const { key: lesser } = await control.keyWith(['users:manage'])
    const outranked = await control.call(lesser, 'DELETE', path)
    expect([outranked.status, outranked.body.code]).toEqual([403, 'USER_OUTRANKS'])
    expect((await control.call(key, 'GET', path)).body.items).toHaveLength(1)
    const { key: manager } = await control.keyWith(['*'], { scopes: ['*'] })
    expect((await control.call(manager, 'DELETE', path)).body).toEqual({ withdrawn: 1 })
    expect((await control.call(manager, 'DELETE', path)).body).toEqual({ withdrawn: 0 })
    expect((await control.call(manager, 'GET', '/v1/users/usr_000000000000000000000000/consents')).status).toBe(404)
    await expect(oidc.refreshTokenGrant(config, tokens.refresh_token ?? '')).rejects.toMatchObject({
      error: 'invalid_grant',
    })
    expect((await visitor.get('/v1/account/consents')).body.items).toEqual([])
  })

  it('goes with the account', async () => {
    const { person, visitor } = await signIn(control)
    await agree(visitor, await theirs())
    const [consent] = (await visitor.get('/v1/account/consents')).body.items
    expect((await visitor.delete('/v1/account', { email: person.email })).status).toBe(204)
    expect(await told('consent.withdrawn', consent.id)).toHaveLength(1)
  })

  it('is one consent, however many tabs agree at once', async () => {
    const config = await discover(control, await theirs())
    const { visitor } = await signIn(control)
    const pages = []
    for (let tab = 0; tab < 5; tab++) pages.push(await openPage(visitor, (await askFor(config)).url))
    const ends = await Promise.all(
      pages.map((page) => visitor.post(`${page.url.pathname}/consent`, new URLSearchParams(allow))),
    )
    expect(ends.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200])
    expect((await visitor.get('/v1/account/consents')).body.items).toHaveLength(1)
    expect((await follow(visitor, (await askFor(config)).url)).url.searchParams.get('code')).not.toBeNull()
  })
})
