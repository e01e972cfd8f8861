import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { backends, canUse, type World } from '../support/backends.ts'
import { type Browser, openBrowser } from '../support/chromium.ts'
import { type Control, openControl } from '../support/control.ts'
import { type Made, makePerson } from '../support/people.ts'
import { type Receiver, startReceiver } from '../support/receiver.ts'
import { makeClient } from '../support/relying-party.ts'

/** What the page holds of who is signed in. */
type Held = {
  readonly access_token: string
  readonly refresh_token: string
  readonly token_type: string
  readonly scope: string
  readonly profile: { readonly sub: string; readonly email: string }
}

// One back end: what differs between them is tested without a browser.
describe.skipIf(!canUse.chromium)('oidc-client-ts in a page of another site, unchanged,', () => {
  let world: World
  let control: Control
  let browser: Browser
  let site: Receiver
  let origin: string
  let page: Page
  let person: Made

  beforeAll(async () => {
    const [first] = backends
    if (first === undefined) throw new Error('there is no back end')
    world = await first.open()
    control = await openControl(world, { issuerHost: 'localhost', env: { SALLYPORT_OAUTH_DPOP_NONCES: 'on' } })
    browser = await openBrowser()
    site = await siteWithLibrary()
    origin = new URL(site.url).origin
  })
  afterAll(async () => {
    await browser?.close()
    await site?.close()
    await control?.stop()
    await world?.close()
  })

  beforeEach(async () => {
    person = await makePerson(control)
    page = await browser.openPage({ locale: 'en-GB' })
    return () => page.context().close()
  })

  const wish = () =>
    ({
      name: 'Board',
      kind: 'public',
      authentication: 'none',
      applicationType: 'native',
      firstParty: false,
      consent: 'once',
      redirectUris: [`${origin}/callback`],
      postLogoutRedirectUris: [`${origin}/left`],
      corsOrigins: [origin],
      grants: ['authorization_code', 'refresh_token'],
      scopes: ['openid', 'profile', 'email', 'offline_access'],
    }) as const

  /** Loads the page with the library set up as its documentation says. */
  async function open(path: string, client: string, more = ''): Promise<void> {
    await page.goto(origin + path)
    await setUp(client, more)
  }

  const setUp = (client: string, more: string) =>
    page.evaluate(`manager = new oidc.UserManager({
      authority: '${control.url}', client_id: '${client}',
      redirect_uri: '${origin}/callback', post_logout_redirect_uri: '${origin}/left',
      scope: 'openid profile email offline_access', loadUserInfo: true, automaticSilentRenew: false,
      revokeTokensOnSignout: true, userStore: new oidc.WebStorageStateStore({ store: localStorage }), ${more}
    }); undefined`)

  async function signInWith(client: string, more = ''): Promise<Held> {
    await open('/', client, more)
    await leaveBy('manager.signinRedirect()')
    await page.getByLabel('E-mail address', { exact: true }).and(page.locator(':visible')).fill(person.email)
    await page.getByLabel('Password', { exact: true }).and(page.locator(':visible')).fill(person.password)
    await page.getByRole('button', { name: 'Sign in', exact: true }).click()
    await page.getByRole('button', { name: 'Allow', exact: true }).click()
    await page.waitForURL(`${origin}/callback*`)
    await setUp(client, more)
    return held('manager.signinCallback()')
  }

  // The page goes away while it waits for its own call.
  const leaveBy = (call: string) => page.evaluate(`void ${call}`)
  const held = (call: string) => page.evaluate<Held>(`${call}.then((user) => JSON.parse(JSON.stringify(user)))`)
  const userinfo = (token: string) =>
    page.evaluate<number>(
      `fetch('${control.url}/oauth/userinfo', { headers: { authorization: 'Bearer ${token}' } }).then((a) => a.status)`,
    )

  it('signs in, renews without a window, and signs out', async () => {
    const { id } = await makeClient(control, wish())
    const user = await signInWith(id)
    expect(user.profile).toMatchObject({ sub: person.id, email: person.email })

    const renewed = await held('manager.signinSilent()')
    expect(renewed.profile.sub).toBe(person.id)
    expect(renewed.access_token).not.toBe(user.access_token)
    expect(renewed.refresh_token).not.toBe(user.refresh_token)
    expect(await userinfo(renewed.access_token)).toBe(200)

    await leaveBy("manager.signoutRedirect({ state: 'kept' })")
    await page.getByRole('button', { name: 'Sign out', exact: true }).click()
    await page.waitForURL(`${origin}/left*`)
    await setUp(id, '')
    expect(await page.evaluate('manager.signoutCallback().then(({ userState }) => userState)')).toBe('kept')
    expect(await page.evaluate('manager.getUser()')).toBeNull()
    expect(await userinfo(renewed.access_token)).toBe(401)
  })

  it('binds its tokens to a key of the browser, with nonces of ours', async () => {
    const { id } = await makeClient(control, { ...wish(), dpopBound: true })
    // The library asks userinfo without a proof, so the page does that itself.
    const more = 'loadUserInfo: false, dpop: { bind_authorization_code: true, store: new oidc.IndexedDbDPoPStore() }'
    const user = await signInWith(id, more)
    expect([user.token_type, user.profile.sub]).toEqual(['DPoP', person.id])
    const renewed = await held('manager.signinSilent()')
    expect(renewed.access_token).not.toBe(user.access_token)
    expect(await userinfo(renewed.access_token)).toBe(401)
    expect(await page.evaluate(`(${ASK_WITH_PROOF})('${control.url}/oauth/userinfo')`)).toMatchObject({
      sub: person.id,
    })
  })

  it('is kept from the tokens by the browser where its origin is not the client’s', async () => {
    const { id } = await makeClient(control, { ...wish(), corsOrigins: ['https://board.example.com'] })
    await expect(signInWith(id)).rejects.toThrow('Failed to fetch')
  })
})

// As the library's documentation says: the nonce of the first answer is kept for the second try.
const ASK_WITH_PROOF = `async (url) => {
  const user = await manager.getUser()
  const ask = async (nonce) => {
    const dpop = await manager.dpopProof(url, user, 'GET', nonce)
    return fetch(url, { headers: { authorization: 'DPoP ' + user.access_token, dpop } })
  }
  const first = await ask()
  const second = first.status === 401 ? await ask(first.headers.get('dpop-nonce')) : first
  return second.json()
}`

/** A site that has the library beside an empty page. */
async function siteWithLibrary(): Promise<Receiver> {
  const entry = createRequire(import.meta.url).resolve('oidc-client-ts')
  const script = await readFile(join(dirname(entry), '..', 'browser', 'oidc-client-ts.min.js'))
  const site = await startReceiver()
  site.answer((response, { path }) => {
    if (path === '/library.js') response.writeHead(200, { 'content-type': 'text/javascript' }).end(script)
    else
      response.writeHead(200, { 'content-type': 'text/html' }).end('<script src="/library.js"></script><h1>Board</h1>')
  })
  return site
}
