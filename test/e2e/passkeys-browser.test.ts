import type { Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { backends, canUse, type World } from '../support/backends.ts'
import { addAuthenticator, type Browser, openBrowser } from '../support/chromium.ts'
import { type Control, openControl } from '../support/control.ts'
import { waitForMail } from '../support/inbox.ts'
import { type Made, makePerson } from '../support/people.ts'

type Answered = { readonly status: number; readonly body: Readonly<Record<string, unknown>> }

/** What a page of ours does, in the browser: it asks the server, and the authenticator. */
const PAGE = `
  globalThis.ask = async (path, body) => {
    const answer = await fetch(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })
    return { status: answer.status, body: await answer.json() }
  }
  globalThis.register = async (kind) => {
    const { body: options } = await ask('/v1/account/passkeys/options', { kind })
    const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options)
    const response = (await navigator.credentials.create({ publicKey })).toJSON()
    return ask('/v1/account/passkeys', { name: 'This computer', response })
  }
  globalThis.getPasskey = async (options, mediation) => {
    const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options)
    return (await navigator.credentials.get({ publicKey, mediation })).toJSON()
  }
  globalThis.signIn = async (mediation = 'optional') => {
    const { body: options } = await ask('/v1/auth/passkey/options', {})
    return ask('/v1/auth/passkey', { response: await getPasskey(options, mediation) })
  }
  globalThis.secondFactor = async (credentials) => {
    const { body: { flow } } = await ask('/v1/auth/login', credentials)
    const { body: options } = await ask('/v1/auth/mfa/begin', { flow, method: 'passkey' })
    return ask('/v1/auth/mfa', { flow, method: 'passkey', response: await getPasskey(options) })
  }`

// One back end: what differs between them is tested without a browser.
describe.skipIf(!canUse.chromium)('a person with a browser', () => {
  let world: World
  let control: Control
  let browser: Browser
  let page: Page
  let person: Made

  beforeAll(async () => {
    const [first] = backends
    if (first === undefined) throw new Error('there is no back end')
    world = await first.open()
    control = await openControl(world, { issuerHost: 'localhost', env: { SALLYPORT_IDENTITY_ANSWER_DELAY: '0ms' } })
    browser = await openBrowser()
  })
  afterAll(async () => {
    await browser?.close()
    await control?.stop()
    await world?.close()
  })

  beforeEach(async () => {
    page = await browser.openPage({ baseURL: control.url })
    await page.goto('/healthz')
    await page.evaluate(PAGE)
    person = await makePerson(control)
    return () => page.context().close()
  })

  const inPage = (call: string) => page.evaluate(call) as Promise<Answered>
  const login = () =>
    inPage(`ask('/v1/auth/login', ${JSON.stringify({ email: person.email, password: person.password })})`)
  const account = async () => (await page.request.get('/v1/account/passkeys')).status()
  const leave = () => page.context().clearCookies()

  it('registers a passkey, and comes in with it and without a user name', async () => {
    await addAuthenticator(page)
    expect((await login()).body.next).toBe('done')
    const added = await inPage(`register('passkey')`)
    expect(added, JSON.stringify(added)).toMatchObject({
      status: 201,
      body: { passkey: { kind: 'passkey', discoverable: true, synced: false } },
    })
    await leave()
    expect(await account()).toBe(401)
    const signedIn = await inPage('signIn()')
    expect(signedIn, JSON.stringify(signedIn)).toMatchObject({
      status: 200,
      body: { next: 'done', person: { email: person.email }, session: { acr: 'aal3' } },
    })
    expect(await account()).toBe(200)
  })

  it('comes in from a form field, where the browser shows what it has (conditional mediation)', async () => {
    await addAuthenticator(page, { backupEligible: true, backedUp: true })
    await login()
    expect((await inPage(`register('passkey')`)).body).toMatchObject({ passkey: { synced: true, backedUp: true } })
    await leave()
    await page.evaluate(`document.body.innerHTML = '<input autocomplete="username webauthn">'`)
    const signedIn = await inPage(`signIn('conditional')`)
    expect(signedIn, JSON.stringify(signedIn)).toMatchObject({ status: 200, body: { session: { acr: 'aal2' } } })
  })

  it('is refused with a copy of the passkey, which is reported', async () => {
    const authenticator = await addAuthenticator(page)
    await login()
    const added = await inPage(`register('passkey')`)
    await leave()
    await authenticator.setSignCount(40)
    expect((await inPage('signIn()')).status).toBe(200)
    await leave()
    await authenticator.setSignCount(7)
    const copied = await inPage('signIn()')
    expect([copied.status, copied.body.code]).toEqual([401, 'PASSKEY_REFUSED'])
    expect(await account()).toBe(401)
    await waitForMail(control, person.email, { template: 'suspicious_sign_in' })
    const { key } = await control.keyWith(['audit:read'])
    const told = await control.call(key, 'GET', '/v1/audit/events?type=passkey.cloned')
    const { id } = added.body.passkey as { id: string }
    expect(told.body.items).toMatchObject([{ resource: id, code: 'PASSKEY_CLONED', details: { counter: 8, seen: 41 } }])
  })

  it('touches a security key after the password', async () => {
    await addAuthenticator(page, { transport: 'usb', userVerification: false })
    await login()
    const added = await inPage(`register('security_key')`)
    expect(added, JSON.stringify(added)).toMatchObject({ status: 201, body: { passkey: { transports: ['usb'] } } })
    await leave()
    const signedIn = await inPage(`secondFactor(${JSON.stringify({ email: person.email, password: person.password })})`)
    expect(signedIn, JSON.stringify(signedIn)).toMatchObject({
      status: 200,
      body: { next: 'done', session: { acr: 'aal2', amr: ['pwd', 'hwk', 'user', 'mfa'] } },
    })
  })

  it('registers one authenticator once', async () => {
    await addAuthenticator(page)
    await login()
    expect((await inPage(`register('passkey')`)).status).toBe(201)
    expect((await inPage('signIn()')).status).toBe(200)
    await expect(inPage(`register('passkey')`)).rejects.toThrow('InvalidStateError')
  })
})
