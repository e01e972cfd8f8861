import { hash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DEVICE_CODE } from '../../src/oauth/index.ts'
import { type Backend, backends, type World } from '../support/backends.ts'
import { type Control, openControl } from '../support/control.ts'
import {
  authorize,
  CALLBACK,
  discover,
  follow,
  makeClient,
  type Registered,
  redeem,
  signIn,
} from '../support/relying-party.ts'
import { basicOf, usualRequest } from '../support/stranger.ts'
import { openVisitor, type Visitor } from '../support/visitor.ts'

const EVIL = `"><script>alert(1)</script><img src=x onerror=alert(2)>'&`
const HTML = { accept: 'text/html' }
const [{ open }] = backends as [Backend]

describe('an attacker of the pages of the authorization server', () => {
  let world: World
  let control: Control
  let victim: Visitor
  let client: Registered
  let asking: Registered
  let device: Registered

  beforeAll(async () => {
    world = await open()
    control = await openControl(world, { issuerHost: 'localhost' })
    victim = (await signIn(control)).visitor
    const there = 'https://rp.example.com/signed-out'
    client = await makeClient(control, { postLogoutRedirectUris: [there] })
    asking = await makeClient(control, { name: EVIL, firstParty: false, consent: 'always' })
    device = await makeClient(control, { name: EVIL, grants: [DEVICE_CODE], redirectUris: [], scopes: ['openid'] })
  })
  afterAll(async () => {
    await control?.stop()
    await world?.close()
  })

  const xsrfIn = (page: unknown) => /name="xsrf" value="([^"]+)"/.exec(String(page))?.[1] ?? ''
  const asks = (who: Registered, more: Record<string, string> = {}) =>
    `/oauth/authorize?${new URLSearchParams(usualRequest(who.id, more))}`
  /** The page of a request that waits. */
  const waiting = async (visitor: Visitor, who = asking, more: Record<string, string> = {}) => {
    const { headers } = await visitor.get(asks(who, more))
    return new URL(headers.get('location') ?? '', control.url).pathname
  }
  const newUserCode = async (): Promise<string> => {
    const body = new URLSearchParams({ scope: 'openid' })
    const answer = await fetch(`${control.url}/oauth/device/authorize`, {
      method: 'POST',
      headers: basicOf(device),
      body,
    })
    return ((await answer.json()) as { user_code: string }).user_code
  }
  const stepsTo = {
    'the sign-in': async () => openVisitor(control.url).get('/oauth/sign-in', undefined, HTML),
    'the sign-in for a client': async () => {
      const newcomer = openVisitor(control.url)
      return newcomer.get(await waiting(newcomer, asking, { login_hint: EVIL }), undefined, HTML)
    },
    'the question for consent': async () => victim.get(await waiting(victim), undefined, HTML),
    'the request of another browser': async () => openVisitor(control.url).get(await waiting(victim), undefined, HTML),
    'an error': async () => victim.get(asks(client, { redirect_uri: EVIL }), undefined, HTML),
    'an error about a client': async () =>
      victim.get(`/oauth/authorize?client_id=${encodeURIComponent(EVIL)}`, undefined, HTML),
    'an answer as a form': async () =>
      victim.get(asks(client, { response_mode: 'form_post', state: EVIL }), undefined, HTML),
    'an error as a form': async () =>
      victim.get(asks(client, { response_mode: 'form_post', state: EVIL, scope: EVIL, prompt: EVIL }), undefined, HTML),
    'the code of a device': async () => victim.get('/oauth/device', undefined, HTML),
    'the code of a device in a link': async () =>
      victim.get(`/oauth/device?user_code=${encodeURIComponent(EVIL)}`, undefined, HTML),
    'a wrong code of a device': async () => {
      const xsrf = xsrfIn((await victim.get('/oauth/device')).body)
      return victim.post('/oauth/device', new URLSearchParams({ xsrf, user_code: EVIL }), HTML)
    },
    'the question for a device': async () => {
      const xsrf = xsrfIn((await victim.get('/oauth/device')).body)
      return victim.post('/oauth/device', new URLSearchParams({ xsrf, user_code: await newUserCode() }), HTML)
    },
    'an error of a device': async () =>
      victim.post('/oauth/device', new URLSearchParams({ xsrf: EVIL, user_code: EVIL, confirm: EVIL }), HTML),
    'the question for signing out': async () =>
      victim.get(`/oauth/logout?client_id=${asking.id}&state=${encodeURIComponent(EVIL)}`, undefined, HTML),
    'signing out of nothing': async () => openVisitor(control.url).get('/oauth/logout', undefined, HTML),
    'having signed out': async () =>
      openVisitor(control.url).get(`/oauth/logout/success?client_id=${asking.id}`, undefined, HTML),
    'an error of signing out': async () =>
      victim.get(
        `/oauth/logout?id_token_hint=${encodeURIComponent(EVIL)}&ui_locales=${encodeURIComponent(EVIL)}`,
        undefined,
        HTML,
      ),
  } as const

  describe.each(Object.entries(stepsTo))('at the page of %s', (_what, visit) => {
    it('cannot put it into a page of theirs, nor have it guessed, kept or told', async () => {
      const { headers } = await visit()
      expect(headers.get('content-type')).toMatch(/^text\/html/)
      expect(headers.get('content-security-policy')).toMatch(/frame-ancestors 'none'/)
      expect(headers.get('x-frame-options')).toBe('DENY')
      expect(headers.get('x-content-type-options')).toBe('nosniff')
      expect(headers.get('cache-control')).toMatch(/no-store/)
      expect(headers.get('referrer-policy')).toMatch(/^(same-origin|no-referrer|strict-origin)$/)
    })

    it('cannot write anything into it but text', async () => {
      const { status, body, headers } = await visit()
      expect(status).toBeLessThan(500)
      expect(body).not.toMatch(/<script>alert|<img|<b>/)
      expect(headers.get('content-security-policy')).toMatch(/default-src 'none'/)
      expect(headers.get('content-security-policy')).not.toMatch(/unsafe/)
      for (const [, script = ''] of String(body).matchAll(/<script>(.*?)<\/script>/gs)) {
        const named = `'sha256-${hash('sha256', script, 'base64')}'`
        expect(headers.get('content-security-policy')).toContain(named)
      }
    })
  })

  describe('with a page of their own in the same browser', () => {
    const foreign: readonly [string, Record<string, string | null>][] = [
      ['of another origin', { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }],
      ['of another origin that hides its kind', { origin: 'https://evil.example', 'sec-fetch-site': null }],
      ['of a sibling', { origin: 'http://evil.localhost', 'sec-fetch-site': 'same-site' }],
      ['of another port', { origin: 'http://localhost:1', 'sec-fetch-site': 'same-site' }],
      ['without an origin', { origin: 'null', 'sec-fetch-site': 'cross-site' }],
      ['that says where it is only by its kind', { origin: null, 'sec-fetch-site': 'cross-site' }],
      ['of a sibling without an origin', { origin: null, 'sec-fetch-site': 'same-site' }],
      ['of a program that says nothing', { origin: null, 'sec-fetch-site': null }],
      ['opened by hand', { origin: null, 'sec-fetch-site': 'none' }],
    ]

    it.each(foreign)('%s agrees to nothing, and goes back from nothing', async (_what, headers) => {
      const page = await waiting(victim)
      for (const [action, form] of [
        ['consent', { answer: 'allow' }],
        ['cancel', {}],
      ] as const) {
        const answer = await victim.post(`${page}/${action}`, new URLSearchParams(form), headers)
        expect([action, answer.status]).toEqual([action, 403])
        expect(answer.headers.get('location')).toBeNull()
      }
      expect((await victim.get(page)).status).toBe(200)
    })

    it.each(foreign)('%s lets no device in, even with the secret of the form', async (_what, headers) => {
      const user_code = await newUserCode()
      const xsrf = xsrfIn((await victim.get('/oauth/device')).body)
      const form = new URLSearchParams({ xsrf, user_code, confirm: 'yes' })
      expect((await victim.post('/oauth/device', form, headers)).status).toBe(403)
    })

    it.each(foreign)('%s signs nobody out, even with the secret of the form', async (_what, headers) => {
      const { visitor } = await signIn(control)
      const xsrf = xsrfIn((await visitor.get('/oauth/logout')).body)
      const form = new URLSearchParams({ xsrf, logout: 'yes' })
      expect((await visitor.post('/oauth/logout/confirm', form, headers)).status).toBe(403)
      expect((await visitor.get('/v1/account')).status).toBe(200)
    })

    it('has no use for the address of a request: neither stolen, nor begun for the victim, nor with its cookie missing', async () => {
      const [mine, theirs] = [(await signIn(control)).visitor, await waiting(victim)]
      const own = await waiting(mine)
      for (const [visitor, page] of [
        [mine, theirs],
        [victim, own],
        [openVisitor(control.url), theirs],
      ] as const) {
        expect((await visitor.get(page)).status).toBe(400)
        for (const action of ['consent', 'cancel']) {
          const answer = await visitor.post(`${page}/${action}`, new URLSearchParams({ answer: 'allow' }))
          expect([action, answer.status]).toEqual([action, 400])
        }
        expect((await visitor.get(page.replace('interaction', 'authorize'))).headers.get('location')).toBeNull()
      }
    })

    it('cannot send a form of another kind, or one that says too much', async () => {
      const page = await waiting(victim)
      for (const [body, type] of [
        ['{"answer":"allow"}', 'text/plain'],
        ['{"answer":"allow"}', 'application/json'],
        ['answer=allow', 'multipart/form-data; boundary=x'],
        [`answer=allow&x=${'x'.repeat(10_000)}`, 'application/x-www-form-urlencoded'],
      ] as const) {
        const answer = await victim.post(`${page}/consent`, body, { 'content-type': type })
        expect([type, answer.status]).toEqual([type, expect.toSatisfy((it: number) => it >= 400 && it < 500)])
      }
      for (const answer of ['', 'ALLOW', 'deny', '__proto__']) {
        const said = await victim.post(`${await waiting(victim)}/consent`, new URLSearchParams({ answer }))
        expect(String(said.body)).not.toMatch(/[?&]code=/)
      }
    })
  })

  describe('who writes a link', () => {
    it.each([
      'https://evil.example/',
      '//evil.example/',
      '/\\evil.example/',
      '\\\\evil.example/',
      '/\t/evil.example/',
      '/\n/evil.example/',
      '/%09/evil.example',
      '/%5cevil.example',
      '/.//evil.example/',
      '/a/..//evil.example/',
      'javascript:alert(1)',
      ' https://evil.example/',
      'http:evil.example',
      'https:/evil.example',
      '/@evil.example:80:@x/',
      '///evil.example',
      '?//evil.example',
      '/\u0000/evil.example',
    ])('to “%s” sends nobody there after they signed in', async (to) => {
      const path = `/oauth/sign-in?return_to=${encodeURIComponent(to)}`
      const { headers, body } = await victim.get(path)
      const target = headers.get('location')
      expect(target === null || new URL(target, control.url).origin === control.url).toBe(true)
      expect(target ?? '').not.toMatch(/^[/\\]{2}/)
      const page = await openVisitor(control.url).get(path)
      const after = /data-after="([^"]*)"/.exec(String(page.body))?.[1] ?? ''
      expect(after === '' || new URL(after, control.url).origin === control.url, String(body)).toBe(true)
    })

    it.each([
      ['https://evil.example/'],
      ['https://rp.example.com/signed-out/'],
      ['https://rp.example.com/signed-out?x=1'],
      ['https://rp.example.com.evil.example/signed-out'],
      ['https://rp.example.com@evil.example/signed-out'],
      ['javascript:alert(1)'],
      ['//evil.example/'],
    ])('to “%s” sends nobody there after they signed out', async (post_logout_redirect_uri) => {
      const config = await discover(control, client)
      const { visitor } = await signIn(control)
      const hint = (await redeem(config, await authorize(config, visitor))).id_token ?? ''
      const unsigned = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${hint.split('.')[1]}.`
      for (const said of [{ client_id: client.id }, { id_token_hint: hint }, { id_token_hint: unsigned }, {}]) {
        const query = new URLSearchParams({ post_logout_redirect_uri, state: 's', ...(said as object) })
        const page = await visitor.get(`/oauth/logout?${query}`)
        expect(page.headers.get('location')).toBeNull()
        expect(String(JSON.stringify(page.body))).not.toContain('evil.example')
        const form = new URLSearchParams({ xsrf: xsrfIn(page.body), logout: '' })
        const answer = await visitor.post('/oauth/logout/confirm', form)
        const to = answer.headers.get('location') ?? control.url
        expect(new URL(to, control.url).origin).toBe(control.url)
      }
    })

    it('cannot choose where a client’s people go by anything else that it says', async () => {
      const said = [
        'return_to',
        'next',
        'continue',
        'target_link_uri',
        'iss',
        'post_logout_redirect_uri',
        'request_uri',
      ]
      for (const name of said) {
        const { url } = await follow(victim, new URL(asks(client, { [name]: 'https://evil.example/' }), control.url))
        expect([name, url.origin === new URL(CALLBACK).origin || url.origin === control.url]).toEqual([name, true])
      }
    })
  })
})
