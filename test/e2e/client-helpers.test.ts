import { decodeJwt, decodeProtectedHeader } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createSignIn, createTokenSource } from '../../src/client/index.ts'
import { stoppedClock } from '../../src/store/testing.ts'
import { backends, type World } from '../support/backends.ts'
import { type Control, openControl } from '../support/control.ts'
import { CALLBACK, follow, makeClient, signIn } from '../support/relying-party.ts'
import type { Visitor } from '../support/visitor.ts'

const API = 'https://api.example.com'
const backend = backends[0]

describe('a program that uses sallyport/client', () => {
  let world: World
  let control: Control

  beforeAll(async () => {
    world = await (backend as NonNullable<typeof backend>).open()
    const resources = JSON.stringify([{ id: API, scopes: ['orders:read'], lifetime: '5m' }])
    control = await openControl(world, { issuerHost: 'localhost', env: { SALLYPORT_OAUTH_RESOURCES: resources } })
  })
  afterAll(async () => {
    await control?.stop()
    await world?.close()
  })

  async function service(clock = stoppedClock(), more: object = {}) {
    const client = await makeClient(control, {
      grants: ['client_credentials'],
      redirectUris: [],
      firstParty: false,
      consent: 'once',
      scopes: ['orders:read'],
    })
    const source = createTokenSource({
      issuer: control.url,
      clientId: client.id,
      clientSecret: client.secret ?? '',
      scope: 'orders:read',
      clock,
      ...more,
    })
    return { source, clock }
  }

  it('gets one token for many who ask at once, and another a minute before its end', async () => {
    const { source, clock } = await service()
    const [first, ...others] = await Promise.all(Array.from({ length: 20 }, () => source.token()))
    expect(new Set(others.map(({ accessToken }) => accessToken))).toEqual(new Set([first?.accessToken]))
    expect(decodeJwt(first?.accessToken ?? '')).toMatchObject({ aud: API, scope: 'orders:read' })
    clock.pass(239_000)
    expect(await source.token()).toBe(first)
    clock.pass(2_000)
    expect((await source.token()).accessToken).not.toBe(first?.accessToken)
  })

  it('keeps the old token while the server cannot be reached, and says so once that is over', async () => {
    const { source, clock } = await service()
    const { accessToken } = await source.token()
    await control.stop()
    clock.pass(250_000)
    expect((await source.token()).accessToken).toBe(accessToken)
    clock.pass(60_000)
    await expect(source.token()).rejects.toThrow()
    await expect(source.token()).rejects.toThrow()
    const resources = JSON.stringify([{ id: API, scopes: ['orders:read'], lifetime: '5m' }])
    control = await openControl(world, { issuerHost: 'localhost', env: { SALLYPORT_OAUTH_RESOURCES: resources } })
  })

  it('binds its tokens to a key of its own when it is told to', async () => {
    const { source } = await service(undefined, { dpop: true })
    const headers = await source.headers('GET', `${API}/orders?page=2`)
    const token = headers.authorization?.slice('DPoP '.length) ?? ''
    expect(decodeJwt(token).cnf).toMatchObject({ jkt: expect.any(String) })
    expect(decodeProtectedHeader(headers.dpop ?? '')).toMatchObject({ typ: 'dpop+jwt', alg: 'ES256' })
    expect(decodeJwt(headers.dpop ?? '')).toMatchObject({ htm: 'GET', htu: `${API}/orders` })
  })

  describe('and signs people in', () => {
    async function helper(clock = stoppedClock()) {
      const { id, secret } = await makeClient(control)
      const options = { issuer: control.url, clientId: id, clientSecret: secret ?? '', redirectUri: CALLBACK, clock }
      return { signIns: createSignIn(options), clock }
    }

    async function comeBack(visitor: Visitor, url: URL): Promise<URL> {
      return (await follow(visitor, url)).url
    }

    it('knows who came back, and where they wanted to go', async () => {
      const { signIns } = await helper()
      const { person, visitor } = await signIn(control)
      const { url, cookie } = await signIns.begin({ returnTo: '/orders?page=2' })
      const signedIn = await signIns.finish(await comeBack(visitor, url), cookie)
      expect(signedIn).toMatchObject({ subject: person.id, returnTo: '/orders?page=2' })
      expect(signedIn.claims).toMatchObject({ acr: 'aal1' })
    })

    it('lets nobody in with an answer that was used, is late, belongs to another browser, or was made up', async () => {
      const { signIns, clock } = await helper()
      const { visitor } = await signIn(control)
      const begun = await signIns.begin()
      const callback = await comeBack(visitor, begun.url)
      const lost = { code: 'sign_in_lost' }
      await expect(signIns.finish(callback, (await signIns.begin()).cookie)).rejects.toMatchObject(lost)
      await expect(signIns.finish(callback, begun.cookie)).rejects.toMatchObject(lost)
      const late = await signIns.begin()
      const answer = await comeBack(visitor, late.url)
      clock.pass(5 * 60_000)
      await expect(signIns.finish(answer, late.cookie)).rejects.toMatchObject(lost)
      await expect(signIns.finish(new URL(`${CALLBACK}?code=x&state=y`), 'z')).rejects.toMatchObject(lost)
      await expect(signIns.finish(new URL(CALLBACK), undefined)).rejects.toMatchObject(lost)
    })

    it('tells what the authorization server said', async () => {
      const { signIns } = await helper()
      const { cookie, url } = await signIns.begin()
      const refused = new URL(CALLBACK)
      refused.search = new URLSearchParams({
        error: 'access_denied',
        state: url.searchParams.get('state') ?? '',
        iss: control.url,
      }).toString()
      await expect(signIns.finish(refused, cookie)).rejects.toMatchObject({ code: 'access_denied' })
    })

    it.each(['https://evil.example', '//evil.example', '/\\evil.example', 'orders', '/a\nb', ''])(
      'refuses to send anybody on to %j',
      async (returnTo) => {
        const { signIns } = await helper()
        await expect(signIns.begin({ returnTo })).rejects.toMatchObject({ code: 'return_to_refused' })
      },
    )
  })
})
