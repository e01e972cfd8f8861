import * as oidc from 'openid-client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { backends, type World } from '../support/backends.ts'
import { type Control, openControl } from '../support/control.ts'
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

const API = 'https://api.example.com'
const OTHER = 'https://stock.example.com'
const resources = JSON.stringify([
  { id: API, scopes: ['orders:read', 'orders:write'] },
  { id: OTHER, scopes: ['orders:read'] },
])
const SCOPES = ['openid', 'profile', 'email', 'orders:read', 'orders:write']
const MANY = 20
const DEVICE_CODE = 'urn:ietf:params:oauth:grant-type:device_code'

type Answer = { readonly status: number; readonly body: Record<string, string> }

/** Two processes on one database, told apart by what they listen on. */
async function openNodes(world: World, replay: string): Promise<readonly [Control, Control]> {
  const env = { SALLYPORT_OAUTH_RESOURCES: resources, SALLYPORT_OAUTH_REFRESH_REPLAY: replay }
  const first = await openControl(world, { issuerHost: 'localhost', env })
  const second = await openControl(world, { env: { ...env, SALLYPORT_ISSUER: first.url } })
  return [first, second]
}

async function post(
  url: string,
  client: Registered,
  form: Record<string, string>,
  path = '/oauth/token',
): Promise<Answer> {
  const basic = Buffer.from(`${client.id}:${client.secret}`).toString('base64')
  const isPublic = client.secret === null
  const answer = await fetch(new URL(path, url), {
    method: 'POST',
    headers: isPublic ? {} : { authorization: `Basic ${basic}` },
    body: new URLSearchParams(isPublic ? { ...form, client_id: client.id } : form),
  })
  const text = await answer.text()
  return { status: answer.status, body: text === '' ? {} : JSON.parse(text) }
}

describe.each(backends)('refresh tokens on $name', ({ open }) => {
  describe('that give the same answer again for a while', () => {
    let world: World
    let nodes: readonly [Control, Control]

    beforeAll(async () => {
      world = await open()
      nodes = await openNodes(world, '60s')
    })
    afterAll(async () => {
      await Promise.all((nodes ?? []).map((node) => node.stop()))
      await world?.close()
    })

    async function begin(more: Parameters<typeof makeClient>[1] = {}, asked: Record<string, string> = {}) {
      const [control] = nodes
      const client = await makeClient(control, { scopes: SCOPES, ...more })
      const config = await discover(control, client)
      const { person, visitor } = await signIn(control, await makePerson(control, { roles: ['analyst'] }))
      const tokens = await redeem(config, await authorize(config, visitor, asked))
      return { client, config, person, visitor, refresh: tokens.refresh_token ?? '', tokens }
    }
    const renew = (node: Control, client: Registered, refresh: string, more: Record<string, string> = {}) =>
      post(node.url, client, { grant_type: 'refresh_token', refresh_token: refresh, ...more })
    const many = (client: Registered, refresh: string) =>
      Promise.all(Array.from({ length: MANY }, (_, i) => renew(nodes[i % 2 === 0 ? 0 : 1], client, refresh)))

    it('answer twenty who ask at once, of two processes, with one and the same new token', async () => {
      const { client, refresh } = await begin()
      const answers = await many(client, refresh)
      expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200))
      expect(new Set(answers.map(({ body }) => JSON.stringify(body))).size).toBe(1)
      const next = answers[0]?.body.refresh_token ?? ''
      expect(next).not.toBe(refresh)
      expect((await renew(nodes[1], client, next)).status).toBe(200)
    })

    it('end the family of whoever asks for something else with a token that was used', async () => {
      const { client, refresh } = await begin({}, { scope: 'openid orders:read', resource: API })
      const first = await renew(nodes[0], client, refresh)
      expect(first.status).toBe(200)
      expect((await renew(nodes[1], client, refresh, { scope: 'openid' })).body.error).toBe('invalid_grant')
      expect((await renew(nodes[0], client, first.body.refresh_token ?? '')).body.error).toBe('invalid_grant')
    })

    it('give another client nothing, and it ends nothing', async () => {
      const { client, refresh } = await begin()
      const other = await makeClient(nodes[0])
      const first = await renew(nodes[0], client, refresh)
      expect((await renew(nodes[0], other, refresh)).body.error).toBe('invalid_grant')
      expect((await renew(nodes[0], client, first.body.refresh_token ?? '')).status).toBe(200)
    })

    it('give again nothing that has ended meanwhile', async () => {
      const { client, refresh, visitor } = await begin()
      expect((await renew(nodes[0], client, refresh)).status).toBe(200)
      expect((await visitor.post('/v1/auth/logout')).status).toBe(204)
      expect((await renew(nodes[1], client, refresh)).body.error).toBe('invalid_grant')
    })

    it('are kept as long as they are young by clients that renew late', async () => {
      const { client, refresh } = await begin({ refresh: 'threshold' })
      const [one, two] = [await renew(nodes[0], client, refresh), await renew(nodes[1], client, refresh)]
      expect([one.body.refresh_token, two.body.refresh_token]).toEqual([refresh, refresh])
      expect(two.body.access_token).not.toBe(one.body.access_token)
    })
  })

  describe('that work once and no more', () => {
    let world: World
    let nodes: readonly [Control, Control]

    beforeAll(async () => {
      world = await open()
      nodes = await openNodes(world, '0s')
    })
    afterAll(async () => {
      await Promise.all((nodes ?? []).map((node) => node.stop()))
      await world?.close()
    })

    async function told(type: string): Promise<number> {
      const { key } = await nodes[0].keyWith(['audit:read'])
      return (await nodes[0].call(key, 'GET', `/v1/audit/events?type=${type}`)).body.items.length
    }

    it('of twenty who renew at once, on two processes, no more than one gets tokens; they are of no use, and an event tells', async () => {
      const [control] = nodes
      const client = await makeClient(control)
      const config = await discover(control, client)
      const { visitor } = await signIn(control)
      const tokens = await redeem(config, await authorize(config, visitor))
      const form = { grant_type: 'refresh_token', refresh_token: tokens.refresh_token ?? '' }
      const answers = await Promise.all(
        Array.from({ length: MANY }, (_, i) => post(nodes[i % 2 === 0 ? 0 : 1].url, client, form)),
      )
      const won = answers.filter(({ status }) => status === 200)
      expect(won.length).toBeLessThanOrEqual(1)
      for (const { body } of won) await dead(client, config, body.access_token ?? '', body.refresh_token ?? '')
      expect(await told('refresh_token.reused')).toBeGreaterThan(0)
    })

    it('of twenty who redeem one code at once, no more than one gets tokens, and they are of no use', async () => {
      const [control] = nodes
      const client = await makeClient(control, { scopes: SCOPES })
      const config = await discover(control, client)
      const { visitor } = await signIn(control, await makePerson(control, { roles: ['analyst'] }))
      const asked = await authorize(config, visitor, { scope: 'openid orders:read', resource: API })
      const form = {
        grant_type: 'authorization_code',
        code: asked.callback.searchParams.get('code') ?? '',
        redirect_uri: 'https://rp.example.com/callback',
        code_verifier: asked.verifier,
      }
      const answers = await Promise.all(
        Array.from({ length: MANY }, (_, i) => post(nodes[i % 2 === 0 ? 0 : 1].url, client, form)),
      )
      const won = answers.filter(({ status }) => status === 200)
      expect(won.length).toBeLessThanOrEqual(1)
      for (const { body } of won) await dead(client, config, body.access_token ?? '', body.refresh_token ?? '')
      expect(await told('authorization_code.reused')).toBeGreaterThan(0)
    })

    it('of twenty who go on with one pushed request at once, one gets a code', async () => {
      const [control] = nodes
      const config = await discover(control, await makeClient(control))
      const { visitor } = await signIn(control)
      await redeem(config, await authorize(config, visitor))
      const { url } = await askFor(config)
      const pushed = await oidc.buildAuthorizationUrlWithPAR(config, Object.fromEntries(url.searchParams))
      const ends = await Promise.all(Array.from({ length: MANY }, () => follow(visitor, pushed)))
      expect(ends.filter((end) => end.url.searchParams.has('code'))).toHaveLength(1)
    })

    it('of twenty who poll with one device code at once, no more than one gets tokens', async () => {
      const [control] = nodes
      const grants = [DEVICE_CODE, 'refresh_token'] as const
      const client = await makeClient(control, { grants: [...grants], redirectUris: [] })
      const begun = await post(control.url, client, { scope: 'openid' }, '/oauth/device/authorize')
      const { visitor } = await signIn(control)
      for (const more of [{}, { confirm: 'yes' }]) {
        const page = await visitor.get('/oauth/device')
        const xsrf = /name="xsrf" value="([^"]+)"/.exec(String(page.body))?.[1] ?? ''
        const form = { xsrf, user_code: begun.body.user_code ?? '', ...more }
        const answer = await visitor.post('/oauth/device', new URLSearchParams(form))
        const onward = answer.headers.get('location')
        if (onward !== null) await follow(visitor, new URL(onward, control.url))
      }
      const form = { grant_type: DEVICE_CODE, device_code: begun.body.device_code ?? '' }
      const answers = await Promise.all(
        Array.from({ length: MANY }, (_, i) => post(nodes[i % 2 === 0 ? 0 : 1].url, client, form)),
      )
      const won = answers.filter(({ status }) => status === 200)
      expect(won.length).toBeLessThanOrEqual(1)
      expect(answers.map(({ body }) => body.error)).not.toContain('server_error')
      expect((await post(control.url, client, form)).body).not.toHaveProperty('access_token')
    })

    async function dead(client: Registered, config: oidc.Configuration, access: string, refresh: string) {
      for (const token of [access, refresh]) {
        expect((await oidc.tokenIntrospection(config, token)).active).toBe(false)
        const there = async () => (await post(nodes[1].url, client, { token }, '/oauth/introspect')).body.active
        await expect.poll(there, { timeout: 10_000 }).toBe(false)
      }
      const renewed = await post(nodes[1].url, client, { grant_type: 'refresh_token', refresh_token: refresh })
      expect(renewed.body.error).toBe('invalid_grant')
      const info = await fetch(new URL('/oauth/userinfo', nodes[1].url), {
        headers: { authorization: `Bearer ${access}` },
      })
      expect(info.status).toBe(401)
    }
  })
})
