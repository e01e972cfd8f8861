import * as oidc from 'openid-client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DEVICE_CODE } from '../../src/oauth/index.ts'
import { operator } from '../../src/server/index.ts'
import { backends, type World } from '../support/backends.ts'
import { type Control, openControl } from '../support/control.ts'
import { type Made, makePerson } from '../support/people.ts'
import {
  type Authorization,
  authorize,
  CALLBACK,
  discover,
  makeClient,
  type Registered,
  redeem,
  signIn,
} from '../support/relying-party.ts'
import { basicOf, usualRequest } from '../support/stranger.ts'
import type { Visitor } from '../support/visitor.ts'

const HERE = /^http:\/\/localhost:\d+\//

describe.each(backends)('an attacker of the authorization server, on $name', ({ open }) => {
  let world: World
  let control: Control
  let victim: Visitor
  let client: Registered
  let admin: string

  beforeAll(async () => {
    world = await open()
    const resources = [{ id: 'https://api.example.com', scopes: ['orders:read'] }]
    const env = { SALLYPORT_OAUTH_RESOURCES: JSON.stringify(resources) }
    control = await openControl(world, { issuerHost: 'localhost', env })
    victim = (await signIn(control)).visitor
    client = await makeClient(control)
    admin = (await control.keyWith(['*'], { scopes: ['*'] })).key
  })
  afterAll(async () => {
    await control?.stop()
    await world?.close()
  })

  /** Where the browser of a victim is sent by a link, and every address that it passes. */
  const click = async (query: string, visitor = victim) => {
    const passed: string[] = []
    let at = `/oauth/authorize?${query}`
    for (let hops = 0; hops < 10; hops++) {
      const { status, headers, body } = await visitor.get(at)
      const to = headers.get('location')
      if (to === null) return { status, passed, page: JSON.stringify(body) }
      passed.push(new URL(to, control.url).href)
      if (!HERE.test(passed.at(-1) ?? '')) return { status, passed, page: '' }
      at = to
    }
    throw new Error(`no end after ${passed}`)
  }
  const post = async (path: string, form: Record<string, string>, who: Registered | null = client) => {
    const headers = who === null ? {} : basicOf(who)
    const answer = await fetch(new URL(path, control.url), { method: 'POST', headers, body: new URLSearchParams(form) })
    const text = await answer.text()
    return { status: answer.status, body: text === '' ? {} : JSON.parse(text) }
  }
  const trade = (form: Record<string, string>, who = client) =>
    post('/oauth/token', { grant_type: 'authorization_code', redirect_uri: CALLBACK, ...form }, who)
  const newCode = async (who = client, visitor = victim): Promise<Authorization & { code: string }> => {
    const made = await authorize(await discover(control, who), visitor)
    return { ...made, code: made.callback.searchParams.get('code') ?? '' }
  }
  const newTokens = async (who = client, visitor = victim) => {
    const config = await discover(control, who)
    return redeem(config, await authorize(config, visitor))
  }
  const isActive = async (token: string | undefined, who = client) =>
    (await post('/oauth/introspect', { token: token ?? '' }, who)).body.active

  describe('who wants the code sent elsewhere', () => {
    it.each([
      ['a longer path', `${CALLBACK}/evil`],
      ['a slash more', `${CALLBACK}/`],
      ['a shorter path', 'https://rp.example.com/callbac'],
      ['the root', 'https://rp.example.com/'],
      ['a step up', `${CALLBACK}/../evil`],
      ['a step up in disguise', `${CALLBACK}/%2e%2e/evil`],
      ['a step up with a backslash', `${CALLBACK}\\..\\evil`],
      ['a path parameter', `${CALLBACK};evil`],
      ['a query', `${CALLBACK}?next=https://evil.example`],
      ['a fragment', `${CALLBACK}#evil`],
      ['an empty fragment', `${CALLBACK}#`],
      ['capitals in the path', 'https://rp.example.com/Callback'],
      ['capitals in the host', 'https://RP.example.com/callback'],
      ['capitals in the scheme', 'HTTPS://rp.example.com/callback'],
      ['a name before the host', 'https://rp.example.com@evil.example/callback'],
      ['a name with a password before the host', 'https://user:rp.example.com@evil.example/callback'],
      ['a name before the right host', 'https://evil@rp.example.com/callback'],
      ['the host as the beginning of another', 'https://rp.example.com.evil.example/callback'],
      ['the host as the end of another', 'https://evilrp.example.com/callback'],
      ['a part of the host', 'https://example.com/callback'],
      ['a dot after the host', 'https://rp.example.com./callback'],
      ['the usual port', 'https://rp.example.com:443/callback'],
      ['another port', 'https://rp.example.com:8443/callback'],
      ['an encoded letter', 'https://rp.example.com/%63allback'],
      ['an encoded dot in the host', 'https://rp%2eexample.com/callback'],
      ['an encoded end of a string', `${CALLBACK}%00`],
      ['the end of a string', `${CALLBACK}\0`],
      ['an encoded line end', `${CALLBACK}%0d%0aset-cookie:a=b`],
      ['a line end', `${CALLBACK}\r\nset-cookie: a=b`],
      ['a space before', ` ${CALLBACK}`],
      ['a space after', `${CALLBACK} `],
      ['a tab inside', 'https://rp.exa\tmple.com/callback'],
      ['no scheme', '//rp.example.com/callback'],
      ['a path alone', '/callback'],
      ['another scheme', 'http://rp.example.com/callback'],
      ['a script', 'javascript:alert(document.domain)//https://rp.example.com/callback'],
      ['a document', 'data:text/html,<script>alert(1)</script>'],
      ['a scheme that is no address', 'https:rp.example.com/callback'],
      ['letters that look alike', 'https://rр.example.com/callback'],
      ['a wide dot', 'https://rp．example．com/callback'],
      ['an address of this machine', 'http://127.0.0.1/callback'],
      ['an address of this machine with a port', 'http://localhost:8080/callback'],
      ['our own address', 'http://localhost/oauth/callback'],
      ['nothing', ''],
      ['a list', `${CALLBACK},https://evil.example`],
      ['two', `${CALLBACK} https://evil.example`],
    ])('by %s gets a page that leads nowhere', async (_what, address) => {
      const said = usualRequest(client.id, { redirect_uri: address })
      for (const more of [{}, { prompt: 'none' }, { response_mode: 'form_post' }, { scope: '' }]) {
        const { status, passed, page } = await click(`${new URLSearchParams({ ...said, ...more })}`)
        expect({ more, status, passed }).toEqual({ more, status: 400, passed: [] })
        expect(page).not.toContain('evil.example')
      }
      const pushed = await post('/oauth/par', said)
      expect([pushed.status, pushed.body.request_uri]).toEqual([400, undefined])
    })

    it.each([
      ['beside the right one', [CALLBACK, 'https://evil.example/']],
      ['before the right one', ['https://evil.example/', CALLBACK]],
      ['as a list of one', ['https://evil.example/'], 'redirect_uri[]'],
      ['as a member', ['https://evil.example/'], 'redirect_uri[0]'],
    ])('by another address %s gets nothing sent there', async (_what, addresses, name = 'redirect_uri') => {
      const { redirect_uri: _, ...rest } = usualRequest(client.id)
      const query = new URLSearchParams(rest)
      for (const address of addresses) query.append(name, address)
      for (const before of ['', 'prompt=none&']) {
        const { passed } = await click(before + query)
        expect(passed.filter((to) => !HERE.test(to) && !to.startsWith(`${CALLBACK}?`))).toEqual([])
        if (addresses.length === 2) expect(passed).toEqual([])
      }
    })

    it.each([
      'query',
      'fragment',
      'form_post',
      'jwt',
      'query.jwt',
      'fragment.jwt',
      'form_post.jwt',
      'web_message',
      'x',
    ])('by the answer in the mode %s gets it nowhere else', async (response_mode) => {
      const said = usualRequest(client.id, { redirect_uri: 'https://evil.example/', response_mode })
      const { status, passed, page } = await click(`${new URLSearchParams(said)}`)
      expect([status, passed]).toEqual([400, []])
      expect(page).not.toContain('evil.example')
    })

    it('is not helped by a link that was prepared: what was pushed is of the client that pushed it', async () => {
      const other = await makeClient(control, { redirectUris: ['https://evil.example/'] })
      const pushed = await post('/oauth/par', usualRequest(other.id, { redirect_uri: 'https://evil.example/' }), other)
      const { request_uri } = pushed.body
      const { passed } = await click(`${new URLSearchParams({ client_id: client.id, request_uri })}`)
      expect(passed.filter((to) => !to.startsWith(`${CALLBACK}?error=`))).toEqual([])
      const beside = { client_id: other.id, request_uri, redirect_uri: CALLBACK }
      expect((await click(`${new URLSearchParams(beside)}`)).passed.filter((to) => to.startsWith(CALLBACK))).toEqual([])
    })
  })

  describe('who has clients mix up their servers (RFC 9207)', () => {
    it.each(['query', 'fragment', 'jwt'])('is named in each answer in the mode %s', async (response_mode) => {
      for (const more of [{}, { scope: 'openid', prompt: 'none', max_age: '0' }]) {
        const said = usualRequest(client.id, { response_mode, ...more })
        const { passed } = await click(`${new URLSearchParams(said)}`)
        const { searchParams, hash } = new URL(passed.at(-1) ?? '')
        const answer = searchParams.size > 0 ? searchParams : new URLSearchParams(hash.slice(1))
        const [, payload = ''] = answer.get('response')?.split('.') ?? []
        const told = payload === '' ? answer.get('iss') : JSON.parse(`${Buffer.from(payload, 'base64url')}`).iss
        expect(told).toBe(control.url)
      }
    })

    it('is found out by what the documents promise', async () => {
      for (const name of ['openid-configuration', 'oauth-authorization-server']) {
        const { body } = await control.call(null, 'GET', `/.well-known/${name}`)
        expect(body).toMatchObject({ issuer: control.url, authorization_response_iss_parameter_supported: true })
        expect(body.code_challenge_methods_supported).toEqual(['S256'])
        expect(body.response_types_supported).toEqual(['code'])
      }
    })
  })

  describe('who has a code that is not theirs', () => {
    it.each([
      ['without the verifier', {}],
      ['with an empty verifier', { code_verifier: '' }],
      ['with another verifier', { code_verifier: oidc.randomPKCECodeVerifier() }],
      ['with a verifier that is too short', { code_verifier: 'short' }],
      ['with a verifier of nothing but spaces', { code_verifier: ' '.repeat(43) }],
    ])('cannot redeem it %s', async (_what, form) => {
      const { code } = await newCode()
      const answer = await trade({ code, ...form })
      expect([answer.status, answer.body.error]).toEqual([400, expect.stringMatching(/^invalid_(grant|request)$/)])
    })

    it('cannot redeem it with the challenge, which everybody saw', async () => {
      const { code, verifier } = await newCode()
      const code_verifier = await oidc.calculatePKCECodeChallenge(verifier)
      expect((await trade({ code, code_verifier })).body.error).toBe('invalid_grant')
    })

    it('cannot bring it into the session of somebody else: that one has another verifier', async () => {
      const [theirs, mine] = [await newCode(), await newCode(client, (await signIn(control)).visitor)]
      expect((await trade({ code: mine.code, code_verifier: theirs.verifier })).body.error).toBe('invalid_grant')
    })

    it('cannot redeem it as another client, with or without the verifier, and the owner still can', async () => {
      const other = await makeClient(control)
      const { code, verifier } = await newCode()
      expect((await trade({ code, code_verifier: verifier }, other)).body.error).toBe('invalid_grant')
      const named = await post('/oauth/token', { grant_type: 'authorization_code', code, client_id: client.id }, other)
      expect(named.status).toBe(400)
      expect((await trade({ code, code_verifier: verifier })).status).toBe(200)
    })

    it.each(['https://rp.example.com/other', `${CALLBACK}/`, '', 'https://evil.example/'])(
      'cannot redeem it for the address “%s”, to which it did not go',
      async (redirect_uri) => {
        const { code, verifier } = await newCode()
        expect((await trade({ code, code_verifier: verifier, redirect_uri })).status).toBe(400)
      },
    )

    it('ends all that came of it by redeeming it again', async () => {
      const { code, verifier } = await newCode()
      const first = (await trade({ code, code_verifier: verifier })).body
      expect(await isActive(first.access_token)).toBe(true)
      expect((await trade({ code, code_verifier: verifier })).body.error).toBe('invalid_grant')
      expect(await isActive(first.access_token)).toBe(false)
      expect((await trade({ grant_type: 'refresh_token', refresh_token: first.refresh_token })).body.error).toBe(
        'invalid_grant',
      )
    })
  })

  describe('who is to come in no more', () => {
    const lock = (person: Made) => control.call(admin, 'POST', `/v1/users/${person.id}/lock`, {})
    const endings: readonly [string, (person: Made, visitor: Visitor) => Promise<unknown>][] = [
      ['was locked', lock],
      ['was removed', (person) => control.call(admin, 'DELETE', `/v1/users/${person.id}`)],
      ['was signed out by an administrator', (it) => control.call(admin, 'DELETE', `/v1/users/${it.id}/sessions`)],
      ['signed out', (_person, visitor) => visitor.post('/v1/auth/logout', {})],
    ]

    it.each(endings)('because the person %s has nothing of use left', async (_what, end) => {
      const { person, visitor } = await signIn(control)
      const tokens = await newTokens(client, visitor)
      const { code, verifier } = await newCode(client, visitor)
      const answer = (await end(person, visitor)) as { status: number }
      expect(answer.status).toBeLessThan(300)
      expect((await trade({ code, code_verifier: verifier })).body.error).toBe('invalid_grant')
      const form = { grant_type: 'refresh_token', refresh_token: tokens.refresh_token ?? '' }
      expect((await trade(form)).body.error).toBe('invalid_grant')
      expect(await isActive(tokens.access_token)).toBe(false)
      expect(await isActive(tokens.refresh_token)).toBe(false)
      const config = await discover(control, client)
      await expect(oidc.fetchUserInfo(config, tokens.access_token, person.id)).rejects.toThrow()
    })

    it('because the person was locked gets nothing for a device that they approved', async () => {
      const device = await makeClient(control, { grants: [DEVICE_CODE], redirectUris: [], scopes: ['openid'] })
      const { person, visitor } = await signIn(control)
      const { body } = await post('/oauth/device/authorize', { scope: 'openid' }, device)
      const xsrfIn = (page: unknown) => /name="xsrf" value="([^"]+)"/.exec(String(page))?.[1] ?? ''
      let form = { xsrf: xsrfIn((await visitor.get('/oauth/device')).body), user_code: body.user_code }
      const asked = await visitor.post('/oauth/device', new URLSearchParams(form))
      form = { ...form, xsrf: xsrfIn(asked.body) }
      const said = await visitor.post('/oauth/device', new URLSearchParams({ ...form, confirm: 'yes' }))
      expect(said.status).toBeLessThan(400)
      await lock(person)
      const poll = await trade({ grant_type: DEVICE_CODE, device_code: body.device_code }, device)
      expect([poll.status, poll.body.error]).toEqual([400, expect.stringMatching(/^(invalid_grant|access_denied)$/)])
    })

    it('because the client was disabled has nothing of use left, at any endpoint', async () => {
      const own = await makeClient(control)
      const tokens = await newTokens(own)
      const { code, verifier } = await newCode(own)
      expect((await control.call(admin, 'PATCH', `/v1/clients/${own.id}`, { enabled: false })).status).toBe(200)
      expect((await click(`${new URLSearchParams(usualRequest(own.id))}`)).passed).toEqual([])
      const said: [string, Record<string, string>][] = [
        ['token', { grant_type: 'authorization_code', code, code_verifier: verifier, redirect_uri: CALLBACK }],
        ['token', { grant_type: 'refresh_token', refresh_token: tokens.refresh_token ?? '' }],
        ['introspect', { token: tokens.access_token }],
        ['revoke', { token: tokens.access_token }],
        ['par', usualRequest(own.id)],
        ['device/authorize', { scope: 'openid' }],
        ['backchannel', { scope: 'openid', login_hint: 'ada@example.com' }],
      ]
      for (const [endpoint, form] of said) {
        const { status, body } = await post(`/oauth/${endpoint}`, form, own)
        expect([endpoint, status, body.error]).toEqual([endpoint, 401, 'invalid_client'])
      }
      expect(await isActive(tokens.access_token)).toBe(false)
      const userinfo = await control.call(null, 'GET', '/oauth/userinfo', undefined, {
        authorization: `Bearer ${tokens.access_token}`,
      })
      expect(userinfo.status).toBe(401)
    })

    it('because they act in the name of another gets no code, whatever the client', async () => {
      const { visitor } = await signIn(control, await makePerson(control, { roles: ['super_admin'] }))
      const target = await makePerson(control)
      const begun = await visitor.post(`/v1/users/${target.id}/impersonate`, { reason: 'Ticket 4711' })
      expect(begun.status, JSON.stringify(begun.body)).toBe(200)
      for (const more of [{}, { prompt: 'none' }, { login_hint: target.email }]) {
        const { passed } = await click(`${new URLSearchParams(usualRequest(client.id, more as never))}`, visitor)
        expect(passed.join(' ')).not.toMatch(/[?&]code=/)
      }
    })
  })

  describe('who has a client in an organization of their own', () => {
    const made = async () => {
      const { body } = await control.call(admin, 'POST', '/v1/organizations', { name: `Evil ${Math.random()}` })
      const organization = String(body.id)
      const principal = { ...operator, organization }
      const wish = { settings: { name: 'Evil', redirectUris: [CALLBACK], firstParty: true, consent: 'never' } } as const
      const caller = { principal, address: null, userAgent: null, requestId: null }
      const { clients } = control.serving.system
      const created = await clients.create({ ...wish, secretExpiresAt: null, source: 'admin' }, caller, null)
      if (!created.ok) throw new Error(created.problem.code)
      const { client: it, secret } = created.value
      return { organization, evil: { id: it.id, secret: secret?.reveal() ?? null } }
    }

    it('gets nothing of people who act elsewhere, not even without a question', async () => {
      const { organization, evil } = await made()
      for (const more of [{}, { prompt: 'none' }, { prompt: 'consent' }]) {
        const { passed, page } = await click(`${new URLSearchParams(usualRequest(evil.id, more as never))}`)
        expect(passed.join(' ')).not.toMatch(/[?&]code=/)
        if ('prompt' in more && more.prompt === 'none') expect(passed.at(-1)).toContain('error=login_required')
        else expect(page).toContain('data-mode=\\"other\\"')
      }
      const { person, visitor } = await signIn(control, await makePerson(control, { organization }))
      for (const who of [evil, client]) {
        const tokens = await newTokens(who, visitor)
        expect(tokens.claims()).toMatchObject({ sub: person.id, aud: who.id, org: organization })
        expect(await isActive(tokens.access_token, who)).toBe(true)
      }
    })

    it('asks nobody elsewhere from afar, and lets no device of theirs in', async () => {
      const { evil } = await made()
      const config = await discover(control, evil)
      await expect(oidc.initiateDeviceAuthorization(config, { scope: 'openid' })).rejects.toThrow()
    })

    it('is not seen, changed or given a secret by administrators elsewhere', async () => {
      const { evil } = await made()
      const calls: [string, string, unknown?][] = [
        ['GET', ''],
        ['PATCH', '', { name: 'Mine' }],
        ['PATCH', '', { redirectUris: ['https://evil.example/'] }],
        ['POST', '/secrets', {}],
        ['DELETE', ''],
      ]
      for (const [method, path, body] of calls) {
        const answer = await control.call(admin, method, `/v1/clients/${evil.id}${path}`, body)
        expect([method, path, answer.status]).toEqual([method, path, 404])
      }
      const { body } = await control.call(admin, 'GET', '/v1/clients?limit=200')
      expect(JSON.stringify(body)).not.toContain(evil.id)
    })

    it('has no scope of another organization, and no more than the person holds there', async () => {
      const { organization, evil } = await made()
      const { visitor } = await signIn(control, await makePerson(control, { organization, roles: [] }))
      const config = await discover(control, evil)
      const asked = { scope: 'openid orders:read', resource: 'https://api.example.com' }
      const { callback } = await authorize(config, visitor, asked)
      const { body } = await trade({ code: callback.searchParams.get('code') ?? '' }, evil)
      expect(body.scope ?? '').not.toContain('orders:read')
    })
  })
})
