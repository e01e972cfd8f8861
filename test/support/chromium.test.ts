import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  type AuthenticationResponseJSON,
  generateAuthenticationOptions,
  generateRegistrationOptions,
  type RegistrationResponseJSON,
  type VerifiedRegistrationResponse,
  verifyAuthenticationResponse,
  verifyRegistrationResponse,
} from '@simplewebauthn/server'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { canUse } from './backends.ts'
import { type Authenticator, addAuthenticator, type Browser, openBrowser } from './chromium.ts'

type Registered = NonNullable<VerifiedRegistrationResponse['registrationInfo']>

const RP_ID = 'localhost'
const PAGE = `<!doctype html><title>passkeys</title><script>
  const { parseCreationOptionsFromJSON, parseRequestOptionsFromJSON } = PublicKeyCredential
  const register = async (options) =>
    (await navigator.credentials.create({ publicKey: parseCreationOptionsFromJSON.call(PublicKeyCredential, options) })).toJSON()
  const signIn = async (options) =>
    (await navigator.credentials.get({ publicKey: parseRequestOptionsFromJSON.call(PublicKeyCredential, options) })).toJSON()
</script>`

describe.skipIf(!canUse.chromium)('a browser with an authenticator', () => {
  let server: Server
  let browser: Browser
  let origin: string
  let page: Page

  beforeAll(async () => {
    server = createServer((request, response) => {
      const cookie = '__Host-visit=1; Path=/; Secure; HttpOnly; SameSite=Lax'
      response.setHeader('content-type', 'text/html').setHeader('set-cookie', cookie)
      response.end(request.url === '/cookie' ? (request.headers.cookie ?? 'none') : PAGE)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    origin = `http://localhost:${(server.address() as AddressInfo).port}`
    browser = await openBrowser()
  })

  afterAll(async () => {
    await browser?.close()
    server?.close()
  })

  beforeEach(async () => {
    page = await browser.openPage({ baseURL: origin })
    await page.goto('/')
    return () => page.context().close()
  })

  const inPage = <Answer>(name: 'register' | 'signIn', options: object): Promise<Answer> =>
    page.evaluate(`${name}(${JSON.stringify(options)})`) as Promise<Answer>

  async function register(): Promise<Registered> {
    const options = await generateRegistrationOptions({
      rpName: 'Test',
      rpID: RP_ID,
      userName: 'ada@example.com',
      authenticatorSelection: { residentKey: 'preferred', userVerification: 'preferred' },
    })
    const { verified, registrationInfo } = await verifyRegistrationResponse({
      response: await inPage<RegistrationResponseJSON>('register', options),
      expectedChallenge: options.challenge,
      expectedOrigin: origin,
      expectedRPID: RP_ID,
      requireUserVerification: false,
    })
    expect(verified).toBe(true)
    return registrationInfo as Registered
  }

  /** Verified as if the counter had never been seen, so that the test sees it. */
  async function signIn(credential: Registered['credential'], allowCredentials: { id: string }[] = []) {
    const options = await generateAuthenticationOptions({
      rpID: RP_ID,
      userVerification: 'preferred',
      ...(allowCredentials.length === 0 ? {} : { allowCredentials }),
    })
    const { verified, authenticationInfo } = await verifyAuthenticationResponse({
      response: await inPage<AuthenticationResponseJSON>('signIn', options),
      expectedChallenge: options.challenge,
      expectedOrigin: origin,
      expectedRPID: RP_ID,
      credential: { ...credential, counter: 0 },
      requireUserVerification: false,
    })
    expect(verified).toBe(true)
    return authenticationInfo
  }

  const only = async (authenticator: Authenticator) => {
    const [one, ...more] = await authenticator.credentials()
    expect(more).toEqual([])
    return one
  }

  it('makes a passkey and signs in with it, without a name', async () => {
    const authenticator = await addAuthenticator(page)
    const { credential, userVerified, credentialDeviceType } = await register()
    expect([userVerified, credentialDeviceType]).toEqual([true, 'singleDevice'])
    const info = await signIn(credential)
    expect(info).toMatchObject({ credentialID: credential.id, userVerified: true, newCounter: 2 })
    expect(await only(authenticator)).toMatchObject({
      credentialId: Buffer.from(credential.id, 'base64url').toString('base64'),
      isResidentCredential: true,
      rpId: RP_ID,
      signCount: 2,
      userName: 'ada@example.com',
    })
  })

  it('signs with the counter that it was set to, and one more each time', async () => {
    const authenticator = await addAuthenticator(page)
    const { credential } = await register()
    await authenticator.setSignCount(40)
    expect((await signIn(credential)).newCounter).toBe(41)
    expect((await signIn(credential)).newCounter).toBe(42)
    await authenticator.setSignCount(4)
    expect((await signIn(credential)).newCounter).toBe(5)
  })

  it('is two devices with one credential after a copy', async () => {
    const first = await addAuthenticator(page)
    const { credential } = await register()
    const copied = await only(first)
    if (copied === undefined) throw new Error('nothing to copy')
    await signIn(credential)
    await first.unplug()
    const second = await addAuthenticator(page)
    await second.put(copied)
    expect((await signIn(credential)).newCounter).toBe(2)
  })

  it('says that nobody was verified where the finger is wrong or there is no sensor', async () => {
    const laptop = await addAuthenticator(page)
    const { credential } = await register()
    await laptop.setUserVerified(false)
    await expect(signIn(credential)).rejects.toThrow('NotAllowedError')
    await laptop.unplug()
    await addAuthenticator(page, { transport: 'usb', userVerification: false })
    const key = await register()
    expect(key.userVerified).toBe(false)
    await expect(signIn(key.credential)).rejects.toThrow('NotAllowedError')
    expect((await signIn(key.credential, [key.credential])).userVerified).toBe(false)
  })

  it('says that a credential is synced when it is', async () => {
    await addAuthenticator(page, { backupEligible: true, backedUp: true })
    const { credentialDeviceType, credentialBackedUp } = await register()
    expect([credentialDeviceType, credentialBackedUp]).toEqual(['multiDevice', true])
  })

  it('has no passkey to offer once all are forgotten', async () => {
    const authenticator = await addAuthenticator(page)
    const { credential } = await register()
    await authenticator.clear()
    expect(await authenticator.credentials()).toEqual([])
    await expect(signIn(credential)).rejects.toThrow('NotAllowedError')
  })

  it('keeps a secure __Host- cookie of http://localhost, and shows it to no other person’s page', async () => {
    const [cookie] = await page.context().cookies()
    expect(cookie).toMatchObject({ name: '__Host-visit', secure: true, httpOnly: true, path: '/', sameSite: 'Lax' })
    expect(await (await page.goto('/cookie'))?.text()).toBe('__Host-visit=1')
    const other = await browser.openPage({ baseURL: origin })
    expect(await (await other.goto('/cookie'))?.text()).toBe('none')
  })

  it('makes no passkey for an address', async () => {
    await addAuthenticator(page)
    await page.goto(origin.replace('localhost', '127.0.0.1'))
    await expect(register()).rejects.toThrow('SecurityError')
  })
})
