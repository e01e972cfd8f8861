import * as oidc from 'openid-client'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { operator } from '../../src/server/index.ts'
import { backends, canUse, type World } from '../support/backends.ts'
import { addAuthenticator, type Browser, openBrowser } from '../support/chromium.ts'
import { type Control, openControl } from '../support/control.ts'
import { waitForMail } from '../support/inbox.ts'
import { totpOf } from '../support/oathtool.ts'
import { type Made, makePerson } from '../support/people.ts'
import { type Receiver, startReceiver } from '../support/receiver.ts'
import { askFor, discover, makeClient, redeem } from '../support/relying-party.ts'
import { tenantOf } from '../support/tenants.ts'

const API = 'https://api.example.com'
const STEP = 30_000
const DEVICE_CODE = 'urn:ietf:params:oauth:grant-type:device_code'

// One back end: what differs between them is tested without a browser.
describe.skipIf(!canUse.chromium || !canUse.oathtool)('a person with a browser, on our pages', () => {
  let world: World
  let control: Control
  let browser: Browser
  let page: Page
  let person: Made
  let shop: Receiver
  let callback: string

  beforeAll(async () => {
    const [first] = backends
    if (first === undefined) throw new Error('there is no back end')
    world = await first.open()
    const env = {
      SALLYPORT_IDENTITY_ANSWER_DELAY: '0ms',
      SALLYPORT_OAUTH_RESOURCES: JSON.stringify([{ id: API, name: 'Orders', scopes: ['orders:read', 'orders:write'] }]),
    }
    control = await openControl(world, { issuerHost: 'localhost', env })
    browser = await openBrowser()
    shop = await startReceiver()
    shop.answer((response) => void response.writeHead(200, { 'content-type': 'text/html' }).end('<h1>Shop</h1>'))
    callback = new URL('/callback', shop.url).href
  })
  afterAll(async () => {
    await browser?.close()
    await shop?.close()
    await control?.stop()
    await world?.close()
  })

  beforeEach(async () => {
    person = await makePerson(control, { roles: ['analyst'] })
    page = await openPage()
    return () => page.context().close()
  })

  const openPage = (locale = 'en-GB') => browser.openPage({ baseURL: control.url, locale })

  /** A program on this device, so that the browser really gets there. */
  async function appOf(wish: Parameters<typeof makeClient>[1] = {}): Promise<oidc.Configuration> {
    return discover(
      control,
      await makeClient(control, { applicationType: 'native', redirectUris: [callback], ...wish }),
    )
  }

  const ask = (config: oidc.Configuration, more: Readonly<Record<string, string>> = {}) =>
    askFor(config, { redirect_uri: callback, ...more })

  const field = (label: string) => page.getByLabel(label, { exact: true }).and(page.locator(':visible'))
  const button = (name: string) => page.getByRole('button', { name, exact: true })
  const heading = (name: string) => page.getByRole('heading', { name, level: 1 })

  async function typePassword(): Promise<void> {
    await field('E-mail address').fill(person.email)
    await field('Password').fill(person.password)
    await button('Sign in').click()
  }

  /** Gives the person an authenticator app. @returns its key */
  async function addApp(): Promise<string> {
    const { request } = page.context()
    const headers = { origin: control.url }
    const { email, password } = person
    await request.post('/v1/auth/login', { data: { email, password }, headers })
    const { key } = await (await request.post('/v1/account/factors/totp', { data: {}, headers })).json()
    const code = totpOf(key)
    const confirmed = await request.post('/v1/account/factors/totp/confirm', { data: { code }, headers })
    expect(confirmed.status(), await confirmed.text()).toBe(200)
    await page.context().clearCookies()
    return key
  }

  const atClient = () => page.waitForURL(`${callback}*`)

  it('signs in with password and app, and comes to the client with a code that is good', async () => {
    const key = await addApp()
    const config = await appOf()
    const { url, ...asked } = await ask(config, { login_hint: person.email })
    await page.goto(url.href)
    expect(await field('E-mail address').inputValue()).toBe(person.email)
    await typePassword()
    await heading('Confirm that it is you').waitFor()
    await field('Code').fill('000000')
    await button('Confirm').click()
    await page.getByRole('alert').getByText('The code is wrong').waitFor()
    expect(await page.evaluate('document.activeElement.id')).toBe('summary')
    expect(await field('Code').getAttribute('aria-invalid')).toBe('true')
    // That of now was used up when the app was added; the next one is good already.
    await field('Code').fill(totpOf(key, { at: new Date(Date.now() + STEP) }))
    await button('Confirm').click()
    await atClient()
    const tokens = await redeem(config, { ...asked, callback: new URL(page.url()) })
    expect(tokens.claims()).toMatchObject({ sub: person.id, acr: 'aal2', amr: ['pwd', 'otp', 'mfa'] })
  })

  it('signs in with a passkey, by the button and from the field', async () => {
    await addAuthenticator(page)
    const config = await appOf({ requireMfa: true })
    await page.goto((await ask(config)).url.href)
    await typePassword()
    await heading('Add a second step').waitFor()
    await button('Add a passkey to this device').click()
    await heading('Keep these backup codes').waitFor()
    expect(await page.locator('[data-codes] li').count()).toBe(10)
    await button('I kept them, go on').click()
    await heading('Confirm that it is you').waitFor()
    await button('Use passkey or security key').click()
    await atClient()
    await page.context().clearCookies()
    // A browser that has a passkey offers it in the field; this one takes it at once.
    const { url, ...asked } = await ask(config)
    await page.goto(url.href)
    await atClient()
    const tokens = await redeem(config, { ...asked, callback: new URL(page.url()) })
    expect(tokens.claims()).toMatchObject({ sub: person.id, acr: 'aal3' })
  })

  it('adds an authenticator app where the client demands more, and keeps the codes', async () => {
    const config = await appOf({ name: 'Payroll', requireMfa: true })
    await page.goto((await ask(config)).url.href)
    await typePassword()
    await button('Use an authenticator app').click()
    await page.locator('.qr svg').waitFor()
    await field('Code that the app shows').fill(totpOf((await page.locator('[data-key]').textContent()) ?? ''))
    await button('Confirm').click()
    await button('I kept them, go on').click()
    await atClient()
    expect(new URL(page.url()).searchParams.get('code')).not.toBeNull()
  })

  it('is told what is wrong with an empty or a wrong password, and where', async () => {
    await page.goto((await ask(await appOf())).url.href)
    await button('Sign in').click()
    await page.getByRole('alert').getByText('Something you typed cannot be taken').waitFor()
    await field('E-mail address').fill(person.email)
    await field('Password').fill('not this one')
    await field('Password').press('Enter')
    await page.getByRole('alert').getByText('The address or the password is wrong').click()
    expect(await page.evaluate('document.activeElement.id')).toBe('password')
  })

  it('asks for a link by mail, opens it in another tab, and this one goes on by itself', async () => {
    const config = await appOf()
    await page.goto((await ask(config)).url.href)
    await field('E-mail address').fill(person.email)
    await button('Mail me a link instead').click()
    await heading('Look into your mail').waitFor()
    const { link } = await waitForMail(control, person.email, { template: 'magic_link' })
    const tab = await page.context().newPage()
    await tab.goto(link ?? '')
    expect(new URL(tab.url()).search).toBe('')
    await tab.getByRole('button', { name: 'Sign in', exact: true }).click()
    await tab.getByRole('heading', { name: 'You are signed in' }).waitFor()
    await atClient()
  })

  it('chooses a new password by a mailed link, and signs in with it', async () => {
    await page.goto((await ask(await appOf())).url.href)
    await button('Forgot your password?').click()
    await field('E-mail address').fill(person.email)
    await button('Mail me a link').click()
    await heading('Look into your mail').waitFor()
    const { link } = await waitForMail(control, person.email, { template: 'reset_password' })
    const tab = await page.context().newPage()
    await tab.goto(link ?? '')
    const typed = tab.getByRole('textbox', { name: 'New password' })
    await typed.fill('short')
    await tab.getByRole('button', { name: 'Save the new password' }).click()
    await tab.getByRole('alert').getByText('Something you typed cannot be taken').waitFor()
    await typed.fill(`${person.password} anew`)
    await tab.getByRole('button', { name: 'Save the new password' }).click()
    await tab.getByRole('heading', { name: 'Your new password is saved' }).waitFor()
    await button('Back to signing in').click()
    await field('E-mail address').fill(person.email)
    await field('Password').fill(`${person.password} anew`)
    await button('Sign in').click()
    await atClient()
  })

  it('agrees or does not, with the keyboard alone and without a script', async () => {
    const config = await appOf({
      name: 'Engines',
      firstParty: false,
      consent: 'once',
      scopes: ['openid', 'profile', 'email', 'orders:read'],
    })
    const request = async () => (await ask(config, { scope: 'openid email orders:read', resource: API })).url.href
    await page.goto(await request())
    await typePassword()
    await heading('Engines asks for your permission').waitFor()
    await page.getByText('See your e-mail address').waitFor()
    const plain = await browser.openPage({ baseURL: control.url, javaScriptEnabled: false })
    const { email, password } = person
    await plain.request.post('/v1/auth/login', { data: { email, password }, headers: { origin: control.url } })
    await plain.goto(await request())
    await plain.keyboard.press('Tab')
    await plain.keyboard.press('Tab')
    expect(await plain.locator(':focus').textContent()).toBe('Do not allow')
    await plain.keyboard.press('Enter')
    await plain.waitForURL(`${callback}*`)
    expect(new URL(plain.url()).searchParams.get('error')).toBe('access_denied')
    await plain.goto(await request())
    await plain.keyboard.press('Tab')
    expect(await plain.locator(':focus').textContent()).toBe('Allow')
    await plain.keyboard.press('Enter')
    await plain.waitForURL(`${callback}*`)
    expect(new URL(plain.url()).searchParams.get('code')).not.toBeNull()
    await plain.context().close()
  })

  it('connects a device by the code that it shows', async () => {
    const client = await makeClient(control, {
      name: 'Television',
      kind: 'public',
      authentication: 'none',
      redirectUris: [],
      firstParty: false,
      consent: 'once',
      grants: [DEVICE_CODE, 'refresh_token'],
    })
    const config = await discover(control, client)
    const device = await oidc.initiateDeviceAuthorization(config, { scope: 'openid profile' })
    await page.goto(device.verification_uri)
    await field('Code').fill('WRNG-CODE')
    await button('Continue').click()
    await page.getByRole('alert').getByText('This code is not known').waitFor()
    await field('Code').fill(device.user_code.toLowerCase())
    await button('Continue').click()
    await heading('Is this your device?').waitFor()
    expect(await page.locator('.user-code').textContent()).toContain(device.user_code)
    await button('Yes, it shows this code').click()
    await typePassword()
    await button('Allow').click()
    await heading('The device is connected').waitFor()
    const tokens = await oidc.pollDeviceAuthorizationGrant(config, { ...device, interval: 1 })
    expect(tokens.claims()?.sub).toBe(person.id)
  })

  it('signs out where a client asks for it, or stays', async () => {
    const config = await appOf()
    await page.goto((await ask(config)).url.href)
    await typePassword()
    await atClient()
    await page.goto('/oauth/logout')
    await button('Stay signed in').click()
    await heading('You are still signed in here').waitFor()
    await page.goto('/oauth/logout')
    await button('Sign out').click()
    await heading('You are signed out').waitFor()
    await page.goto((await ask(config)).url.href)
    await heading('Sign in').waitFor()
  })

  it('fits on a narrow screen, in the dark and in German, and breaks no rule of its own', async () => {
    const german = await openPage('de-DE')
    const broken: string[] = []
    german.on('console', (message) => broken.push(message.text()))
    await german.setViewportSize({ width: 320, height: 640 })
    await german.emulateMedia({ colorScheme: 'dark', reducedMotion: 'reduce' })
    const config = await appOf()
    for (const address of [(await ask(config)).url.href, '/oauth/device', '/oauth/sign-in']) {
      await german.goto(address)
      await german.getByRole('heading', { level: 1 }).first().waitFor()
      const wide = 'document.documentElement.scrollWidth - document.documentElement.clientWidth'
      expect(await german.evaluate(wide), address).toBe(0)
      expect(await german.evaluate('document.documentElement.lang')).toBe('de')
    }
    expect(broken).toEqual([])
    await german.context().close()
  })

  describe('who is invited to an organization', () => {
    const operating = { principal: operator, address: null, userAgent: 'test', requestId: null }

    async function invite(email: string): Promise<{ link: string; name: string }> {
      const { organizations } = control.serving.system.identity
      const name = `Orchard <${Math.random().toString(36).slice(2)}>`
      const made = await organizations.create({ name, policy: {}, join: false }, operating, null)
      if (!made.ok) throw new Error(made.problem.code)
      const wish = { email, roles: ['user'], language: null }
      const invited = await organizations.invitations.invite(made.value.id, wish, operating, null)
      if (!invited.ok) throw new Error(invited.problem.code)
      return {
        name,
        link: (await waitForMail(tenantOf(control, made.value.id), email, { template: 'invitation' })).link ?? '',
      }
    }

    it('makes an account on the page that the mail leads to, is a member, and nothing is taken before they say so', async () => {
      const email = `guest-${Date.now()}@example.com`
      const { link, name } = await invite(email)
      await page.goto(link)
      expect(new URL(page.url()).search).toBe('')
      await heading('You are invited').waitFor()
      await button('Show the invitation').click()
      await page.getByRole('region').getByText(`${name} invites ${email}.`).waitFor()
      await field('Your name').fill('Grace Hopper')
      await field('Password').fill('short')
      await button('Make the account and accept').click()
      await page.getByRole('alert').getByText('Something you typed cannot be taken').waitFor()
      await field('Password').fill('four green trams uphill')
      await button('Make the account and accept').click()
      await heading('You are a member').waitFor()
      await page.getByRole('region').getByText(`You belong to ${name} now.`).waitFor()
      expect((await page.context().request.get('/v1/account')).status()).toBe(200)
      const again = await openPage()
      await again.goto(link)
      await again.getByRole('button', { name: 'Show the invitation' }).click()
      await again.getByRole('alert').getByText('This invitation does not stand any more').waitFor()
      await again.context().close()
    })

    it('signs in and accepts, in German too, and not as somebody else', async () => {
      const { link, name } = await invite(person.email)
      const other = await makePerson(control)
      const german = await openPage('de-DE')
      const headers = { origin: control.url }
      const { email, password } = other
      await german.context().request.post('/v1/auth/login', { data: { email, password }, headers })
      await german.goto(link)
      await german.getByRole('button', { name: 'Einladung zeigen' }).click()
      await german.getByRole('region').getByText(`${name} lädt ${person.email} ein.`).waitFor()
      await german.getByRole('button', { name: 'Annehmen' }).click()
      await german.getByRole('alert').getByText('für eine andere Adresse').waitFor()
      const address = german.getByLabel('E-Mail-Adresse', { exact: true }).and(german.locator(':visible'))
      expect(await address.inputValue()).toBe(person.email)
      await german.locator('#password').fill(person.password)
      await german.getByRole('button', { name: 'Anmelden', exact: true }).click()
      await german.getByRole('heading', { name: 'Sie sind Mitglied' }).waitFor()
      await german.context().close()
    })
  })

  it('signs out, and sees the same dress while programs are told in frames', async () => {
    const told: string[] = []
    shop.answer((response, { path }) => {
      told.push(path)
      response.writeHead(200, { 'content-type': 'text/html' }).end('<h1>Shop</h1>')
    })
    const frontchannelLogoutUri = new URL('/forget', shop.url).href
    const config = await appOf({ frontchannelLogoutUri, postLogoutRedirectUris: [callback] })
    const { url, ...asked } = await ask(config)
    await page.goto(url.href)
    await typePassword()
    await atClient()
    const tokens = await redeem(config, { ...asked, callback: new URL(page.url()) })
    const out = oidc.buildEndSessionUrl(config, {
      id_token_hint: tokens.id_token ?? '',
      post_logout_redirect_uri: callback,
    })
    await page.goto(out.href)
    await button('Sign out').click()
    await heading('You are being signed out').waitFor()
    expect(await page.locator('main.card').evaluate('(card) => getComputedStyle(card).borderRadius')).not.toBe('0px')
    await page.waitForURL(`${callback}*`)
    expect(told.some((path) => path.startsWith('/forget?iss='))).toBe(true)
  })
})
