import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { backends, canUse, type World } from '../support/backends.ts'
import { type Control, openControl } from '../support/control.ts'
import { totpOf } from '../support/oathtool.ts'
import { openPage, press, toldIn } from '../support/pages.ts'
import { makePerson } from '../support/people.ts'
import { askFor, authorize, discover, follow, makeClient, redeem, signIn } from '../support/relying-party.ts'
import { openVisitor, type Visitor } from '../support/visitor.ts'

const STEP = 30_000

/** Requests are stamped to the second: what was proved in the same one counts as proved after. */
const nextSecond = () => new Promise((resolve) => setTimeout(resolve, 1_000 - (Date.now() % 1_000)))

describe.each(backends)('whoever comes to sign in for a client, on $name', ({ open }) => {
  let world: World
  let control: Control

  beforeAll(async () => {
    world = await open()
    control = await openControl(world, { issuerHost: '127.0.0.1', env: { SALLYPORT_IDENTITY_ANSWER_DELAY: '0ms' } })
  })
  afterAll(async () => {
    await control?.stop()
    await world?.close()
  })

  const app = async (wish: Parameters<typeof makeClient>[1] = {}) => discover(control, await makeClient(control, wish))
  const newcomer = (language?: string) => openVisitor(control.url, language === undefined ? {} : { language })
  const errorAt = async (visitor: Visitor, url: URL) => {
    const { url: end } = await follow(visitor, url)
    return end.searchParams.get('error')
  }
  /** Codes are good for a step before and after their own, and each is later than the one before. */
  const addApp = async (visitor: Visitor) => {
    const { key } = (await visitor.post('/v1/account/factors/totp', {})).body
    const confirmed = await visitor.post('/v1/account/factors/totp/confirm', { code: totpOf(key) })
    expect(confirmed.status, JSON.stringify(confirmed.body)).toBe(200)
    return { nextCode: () => totpOf(key, { at: new Date(Date.now() + STEP) }), backup: confirmed.body.backupCodes[0] }
  }

  it('sees a page that loads nothing of others, is put into no other page, and tells nobody where it was', async () => {
    const visitor = newcomer()
    const { url } = await askFor(await app(), { login_hint: 'ada@example.com' })
    const page = await openPage(visitor, url)
    expect(page).toMatchObject({ status: 200, heading: 'Sign in' })
    expect(page.html).toContain('value="ada@example.com"')
    const { headers } = await visitor.get(page.url.pathname)
    const own = `${control.url}/oauth/pages/`
    expect(headers.get('content-security-policy')?.split('; ')).toEqual([
      "default-src 'none'",
      `script-src ${own}`,
      `style-src ${own}`,
      "connect-src 'self'",
      "form-action 'self'",
      "base-uri 'none'",
      "frame-ancestors 'none'",
    ])
    expect(headers.get('cache-control')).toBe('no-store')
    expect(headers.get('referrer-policy')).toBe('same-origin')
    expect(page.html).not.toMatch(/ style=|<style|<script>| on[a-z]+=/)
  })

  it('gets style and script once, and again only when they changed', async () => {
    const visitor = newcomer()
    const { html } = await openPage(visitor, (await askFor(await app())).url)
    const addresses = [...html.matchAll(/(?:href|src)="(\/oauth\/pages\/[^"]+)"/g)].map(([, address = '']) => address)
    expect(addresses).toHaveLength(2)
    for (const address of addresses) {
      const first = await visitor.get(address)
      expect(first.status).toBe(200)
      expect(first.headers.get('cache-control')).toContain('immutable')
      const again = await visitor.get(address, undefined, { 'if-none-match': first.headers.get('etag') })
      expect(again.status).toBe(304)
    }
  })

  it('reads it in German where the browser or the client asks for that, and in English else', async () => {
    const config = await app()
    const heading = async (visitor: Visitor, more = {}) =>
      (await openPage(visitor, (await askFor(config, more)).url)).heading
    expect(await heading(newcomer('de-CH, en;q=0.5'))).toBe('Anmelden')
    expect(await heading(newcomer('fr, en;q=0.5'))).toBe('Sign in')
    expect(await heading(newcomer('en'), { ui_locales: 'fr de' })).toBe('Anmelden')
    expect(await heading(newcomer('de;q=0, *'))).toBe('Sign in')
  })

  it('goes on to the client as soon as the same page is opened signed in', async () => {
    const config = await app()
    const person = await makePerson(control)
    const visitor = newcomer()
    const { url, ...asked } = await askFor(config)
    const page = await openPage(visitor, url)
    await visitor.post('/v1/auth/login', { email: person.email, password: person.password })
    const { url: callback } = await follow(visitor, page.url)
    expect((await redeem(config, { ...asked, callback })).claims()?.sub).toBe(person.id)
  })

  it('sees only text, whatever a client is called and whatever it hints at', async () => {
    const name = `"><script>alert(1)</script><b>'&`
    const config = await app({ name, firstParty: false, consent: 'always' })
    const hostile = { login_hint: `"><script>alert(2)</script>@x` }
    const { html } = await openPage(newcomer(), (await askFor(config, hostile)).url)
    const { visitor } = await signIn(control)
    const consent = await openPage(visitor, (await askFor(config)).url)
    for (const page of [html, consent.html]) {
      expect(page).toContain('&quot;&gt;&lt;script&gt;alert(1)')
      expect(page).not.toContain('<script>alert')
      expect(page).not.toContain('<b>')
    }
  })

  it('is not taken up by another browser, signed in or not: an attacker’s link signs nobody in', async () => {
    const { url } = await askFor(await app())
    const page = await openPage(newcomer(), url)
    const { visitor: victim } = await signIn(control)
    const lost = await openPage(victim, page.url)
    expect(lost).toMatchObject({ status: 400, heading: 'This request is over' })
    const elsewhere = { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }
    const person = await makePerson(control)
    const forced = await newcomer().post('/v1/auth/login', { ...person, id: undefined }, elsewhere)
    expect([forced.status, forced.body.code]).toEqual([403, 'ORIGIN_REFUSED'])
  })

  it('comes to a page that says what to do when the request is over, or never was', async () => {
    for (const uid of ['aaaaaaaaaaaaaaaaaaaaa', 'AAAA_AAAA-AAAA_AAAAA']) {
      const page = await openPage(newcomer(), `${control.url}/oauth/interaction/${uid}`)
      expect(page).toMatchObject({ status: 400, heading: 'This request is over' })
      expect(page.html).toContain('start again there')
    }
  })

  it('sees an error as a page of ours, with nothing in it but text', async () => {
    const visitor = newcomer()
    const address = '/oauth/authorize?client_id=%3Cimg+src%3Dx%3E&redirect_uri=https://evil.example/%3Cscript%3E'
    const answer = await visitor.get(address, undefined, { accept: 'text/html' })
    expect(answer.status).toBe(400)
    expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'")
    expect(answer.body).toContain('<h1>This did not work</h1>')
    expect(answer.body).not.toMatch(/<img|evil\.example|<script>/)
  })

  it('can go back to the client, which is told', async () => {
    const visitor = newcomer()
    const page = await openPage(visitor, (await askFor(await app())).url)
    expect(toldIn(await press(visitor, page, 'cancel'))).toMatchObject({ error: 'access_denied' })
    const again = await visitor.post(`${page.url.pathname}/cancel`, new URLSearchParams())
    expect([again.status, String(again.body).includes('This request is over')]).toEqual([400, true])
  })

  describe('where a client wants to see somebody at the keyboard now', () => {
    it('proves it again for prompt=login, and a proof from before is not enough', async () => {
      const config = await app()
      const { person, visitor } = await signIn(control)
      const { url, ...asked } = await askFor(config, { prompt: 'login' })
      await nextSecond()
      const page = await openPage(visitor, url)
      expect(page.heading).toBe('Confirm that it is you')
      expect((await openPage(visitor, page.url)).heading).toBe('Confirm that it is you')
      const proof = { method: 'password', password: person.password }
      expect((await visitor.post('/v1/account/step-up', proof)).status).toBe(200)
      const { url: callback } = await follow(visitor, page.url)
      const claims = (await redeem(config, { ...asked, callback })).claims()
      expect(claims?.auth_time).toBeGreaterThanOrEqual(Math.floor(Date.now() / 1000) - 30)
    })

    it('does so when max_age has passed, and not before', async () => {
      const config = await app()
      const { visitor } = await signIn(control)
      await authorize(config, visitor, { max_age: '3600' })
      await new Promise((resolve) => setTimeout(resolve, 2_100))
      const page = await openPage(visitor, (await askFor(config, { max_age: '1' })).url)
      expect(page.heading).toBe('Confirm that it is you')
    })

    it('may be somebody else then: whoever signs in is who the client gets', async () => {
      const config = await app()
      const { visitor } = await signIn(control)
      await authorize(config, visitor)
      const { url, ...asked } = await askFor(config, { prompt: 'login' })
      await nextSecond()
      const page = await openPage(visitor, url)
      const other = await makePerson(control)
      await visitor.post('/v1/auth/logout')
      expect((await openPage(visitor, page.url)).heading).toBe('Sign in')
      await visitor.post('/v1/auth/login', { email: other.email, password: other.password })
      const { url: callback } = await follow(visitor, page.url)
      expect((await redeem(config, { ...asked, callback })).claims()?.sub).toBe(other.id)
    })
  })

  describe.skipIf(!canUse.oathtool)('where a client wants a higher level', () => {
    it('adds a factor or proves it, and the client gets the level', async () => {
      const config = await app({ requireMfa: true })
      const { person, visitor } = await signIn(control)
      const { url } = await askFor(config)
      const page = await openPage(visitor, url)
      expect(page.heading).toBe('Add a second step')
      const { nextCode, backup } = await addApp(visitor)
      expect((await follow(visitor, page.url)).url.searchParams.get('code')).not.toBeNull()

      const other = newcomer()
      const { flow } = (await other.post('/v1/auth/login', { email: person.email, password: person.password })).body
      await other.post('/v1/auth/mfa', { flow, method: 'backup_code', code: backup, trustDevice: true })
      await other.post('/v1/auth/logout')
      await other.post('/v1/auth/login', { email: person.email, password: person.password })
      const asked = await askFor(config, { acr_values: 'aal3 aal2' })
      const again = await openPage(other, asked.url)
      expect(again.heading).toBe('Confirm that it is you')
      expect(again.html).toContain('data-method="totp"')
      expect(again.html).not.toContain('data-method="email"')
      const proved = await other.post('/v1/account/step-up', { method: 'totp', code: nextCode() })
      expect(proved.body.acr).toBe('aal2')
      const { url: callback } = await follow(other, again.url)
      expect((await redeem(config, { ...asked, callback })).claims()).toMatchObject({ acr: 'aal2' })
    })

    it('need not when they go back: the client hears that it is unmet', async () => {
      const { visitor } = await signIn(control)
      const page = await openPage(visitor, (await askFor(await app(), { acr_values: 'aal2' })).url)
      const told = toldIn(await press(visitor, page, 'cancel'))
      expect(told).toMatchObject({ error: 'unmet_authentication_requirements' })
    })
  })

  it('is sent back at once where no way leads to the level: no passkey is made for an address', async () => {
    const { visitor } = await signIn(control)
    const config = await app()
    const essential = (acr: object) => ({ claims: JSON.stringify({ id_token: { acr: { essential: true, ...acr } } }) })
    const unmet = 'unmet_authentication_requirements'
    expect(await errorAt(visitor, (await askFor(config, { acr_values: 'aal3' })).url)).toBe(unmet)
    expect(await errorAt(visitor, (await askFor(config, essential({ value: 'aal3' }))).url)).toBe(unmet)
    expect(await errorAt(visitor, (await askFor(config, essential({ values: ['urn:gold'] }))).url)).toBe(unmet)
  })

  it('is good at a higher level than the one an essential claim names', async () => {
    const { visitor } = await signIn(control)
    const claims = JSON.stringify({ id_token: { acr: { essential: true, values: ['aal1', 'urn:gold'] } } })
    await authorize(await app(), visitor, { claims })
  })

  it('is asked nothing with prompt=none: the client hears what would have been asked', async () => {
    const none = { prompt: 'none' }
    const ours = await app()
    const theirs = await app({ firstParty: false, consent: 'once' })
    const { visitor } = await signIn(control)
    expect(await errorAt(newcomer(), (await askFor(ours, none)).url)).toBe('login_required')
    expect(await errorAt(visitor, (await askFor(theirs, none)).url)).toBe('consent_required')
    const higher = await errorAt(visitor, (await askFor(ours, { ...none, acr_values: 'aal2' })).url)
    expect(higher).toBe('unmet_authentication_requirements')
    await authorize(ours, visitor, none)
  })

  it('has to be the one that the client means by id_token_hint', async () => {
    for (const subject of ['public', 'pairwise'] as const) {
      const config = await app({ subject })
      const { person, visitor } = await signIn(control)
      const { id_token: hint = '' } = await redeem(config, await authorize(config, visitor))
      await authorize(config, visitor, { id_token_hint: hint })
      const { visitor: other } = await signIn(control)
      const { url } = await askFor(config, { id_token_hint: hint })
      const page = await openPage(other, url)
      expect(page.heading).toBe('This is for another account')
      await other.post('/v1/auth/logout')
      expect((await openPage(other, page.url)).heading).toBe('Sign in')
      await other.post('/v1/auth/login', { email: person.email, password: person.password })
      expect((await follow(other, page.url)).url.searchParams.get('code')).not.toBeNull()

      const { visitor: third } = await signIn(control)
      const wrong = await openPage(third, (await askFor(config, { id_token_hint: hint })).url)
      expect(toldIn(await press(third, wrong, 'cancel'))).toMatchObject({ error: 'login_required' })
      const silent = await askFor(config, { id_token_hint: hint, prompt: 'none' })
      expect(await errorAt(third, silent.url)).toBe('login_required')
    }
  })

  it('signs in elsewhere, and goes on only to an address of ours', async () => {
    const { visitor } = await signIn(control)
    const to = async (given: string) => {
      const answer = await visitor.get(`/oauth/sign-in?return_to=${encodeURIComponent(given)}`)
      return answer.status === 303 ? answer.headers.get('location') : null
    }
    expect(await to('/outbox?x=1#top')).toBe('/outbox?x=1#top')
    const hostile = [
      'https://evil.example',
      '//evil.example',
      '/\\evil.example',
      '\\\\evil.example',
      '/\t/evil.example',
      '/.//evil.example',
      '/%2e//evil.example',
      'javascript:alert(1)',
      `http://127.0.0.1.evil.example/`,
      `@evil.example`,
      '/ok\r\nSet-Cookie: a=b',
      '',
    ]
    for (const given of hostile) expect(await to(given), given).toBeNull()
    const page = await openPage(newcomer(), `${control.url}/oauth/sign-in?return_to=//evil.example`)
    expect(page.heading).toBe('Sign in')
    expect(page.html).not.toContain('evil.example')
  })

  it('opens a mailed link on a page that says nothing of its token to anybody, and does nothing by itself', async () => {
    const visitor = newcomer()
    for (const kind of ['verify', 'reset', 'magic', 'email-change', 'recovery']) {
      const answer = await visitor.get(`/${kind}?token=spl_%3Cscript%3E%22secret`)
      expect(answer.status, kind).toBe(200)
      expect(answer.body).not.toContain('secret')
      expect(answer.headers.get('referrer-policy')).toBe('no-referrer')
      expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'")
      expect(answer.headers.getSetCookie()).toEqual([])
    }
  })
})
