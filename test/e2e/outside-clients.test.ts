import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import express from 'express'
import * as oauth from 'oauth4webapi'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { agreeAt } from '../support/agreeing.ts'
import { backends, type World } from '../support/backends.ts'
import { type Control, openControl } from '../support/control.ts'
import { makePerson } from '../support/people.ts'
import { CALLBACK, follow, makeClient, signIn } from '../support/relying-party.ts'
import { openVisitor } from '../support/visitor.ts'

const API = 'https://api.example.com'
const theirs = { firstParty: false, consent: 'once' } as const

describe.each(backends)('programs of others, unchanged, on $name:', ({ open }) => {
  let world: World
  let control: Control

  beforeAll(async () => {
    world = await open()
    const env = { SALLYPORT_OAUTH_RESOURCES: JSON.stringify([{ id: API, scopes: ['orders:read'] }]) }
    control = await openControl(world, { issuerHost: 'localhost', env })
  })
  afterAll(async () => {
    await control?.stop()
    await world?.close()
  })

  describe('oauth4webapi', () => {
    const insecure = { [oauth.allowInsecureRequests]: true }

    it('goes the whole way: discovery, pushed request, code, ID token, renewal, userinfo, introspection, revocation', async () => {
      const { id, secret } = await makeClient(control, {
        ...theirs,
        scopes: ['openid', 'email', 'offline_access', 'orders:read'],
      })
      const { visitor, person } = await signIn(control, await makePerson(control, { roles: ['analyst'] }))
      const issuer = new URL(control.url)
      const as = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, insecure))
      const client: oauth.Client = { client_id: id }
      const auth = oauth.ClientSecretBasic(secret ?? '')
      const [verifier, state, nonce] = [oauth.generateRandomCodeVerifier(), oauth.generateRandomState(), 'n-0S6_WzA2Mj']
      const asked = new URLSearchParams({
        client_id: id,
        redirect_uri: CALLBACK,
        response_type: 'code',
        scope: 'openid email offline_access orders:read',
        prompt: 'consent',
        resource: API,
        code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
        state,
        nonce,
      })
      const pushed = await oauth.pushedAuthorizationRequest(as, client, auth, asked, insecure)
      const { request_uri } = await oauth.processPushedAuthorizationResponse(as, client, pushed)
      const address = new URL(as.authorization_endpoint ?? '')
      address.search = String(new URLSearchParams({ client_id: id, request_uri }))
      const callback = oauth.validateAuthResponse(as, client, await agreeAt(visitor, address), state)
      const redeemed = await oauth.authorizationCodeGrantRequest(
        as,
        client,
        auth,
        callback,
        CALLBACK,
        verifier,
        insecure,
      )
      const tokens = await oauth.processAuthorizationCodeResponse(as, client, redeemed, {
        expectedNonce: nonce,
        requireIdToken: true,
      })
      expect(oauth.getValidatedIdTokenClaims(tokens)?.sub).toBe(person.id)
      const request = new Request(API, { headers: { authorization: `Bearer ${tokens.access_token}` } })
      expect(await oauth.validateJwtAccessToken(as, request, API, insecure)).toMatchObject({ scope: 'orders:read' })

      const renewed = await oauth.refreshTokenGrantRequest(as, client, auth, tokens.refresh_token ?? '', insecure)
      const { refresh_token = '' } = await oauth.processRefreshTokenResponse(as, client, renewed)
      const introspect = async () =>
        oauth.processIntrospectionResponse(
          as,
          client,
          await oauth.introspectionRequest(as, client, auth, refresh_token, insecure),
        )
      expect(await introspect()).toMatchObject({ active: true, client_id: id })
      await oauth.processRevocationResponse(await oauth.revocationRequest(as, client, auth, refresh_token, insecure))
      expect(await introspect()).toMatchObject({ active: false })
    })
  })

  describe('@auth/core', () => {
    it('signs a person in, knows them afterwards, and forgets them', async () => {
      const app = 'https://app.example.com'
      const { id, secret } = await makeClient(control, { ...theirs, redirectUris: [`${app}/auth/callback/sallyport`] })
      const { visitor, person } = await signIn(control)
      const Auth = await loadAuth()
      const config = {
        basePath: '/auth',
        trustHost: true,
        secret: 'a secret of the application, long enough',
        providers: [
          {
            id: 'sallyport',
            name: 'Sallyport',
            type: 'oidc',
            issuer: control.url,
            clientId: id,
            clientSecret: secret ?? '',
            checks: ['pkce', 'state', 'nonce'],
          },
        ],
      }
      const cookies = new Map<string, string>()
      const ask = async (path: string | URL, body?: URLSearchParams) => {
        const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
        const method = body === undefined ? {} : { method: 'POST', body }
        const answer = await Auth(new Request(new URL(path, app), { ...method, headers: { cookie } }), config)
        for (const line of answer.headers.getSetCookie()) {
          const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
          cookies.set(name, value)
        }
        return answer
      }
      const form = async () => {
        const { csrfToken } = (await (await ask('/auth/csrf')).json()) as { csrfToken: string }
        return new URLSearchParams({ csrfToken })
      }
      const sent = await ask('/auth/signin/sallyport', await form())
      const callback = await agreeAt(visitor, sent.headers.get('location') ?? '')
      const back = await ask(callback)
      expect([back.status, back.headers.get('location')]).toEqual([302, app])
      expect(await (await ask('/auth/session')).json()).toMatchObject({ user: { email: person.email } })
      await ask('/auth/signout', await form())
      expect(await (await ask('/auth/session')).json()).toBeNull()
    })
  })

  describe('passport-openidconnect in Express', () => {
    let server: Server
    let app: string
    beforeAll(async () => {
      server = createServer().listen(0, '127.0.0.1')
      await once(server, 'listening')
      app = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    })
    afterAll(() => {
      server?.closeAllConnections()
      server?.close()
    })

    it('signs a person in without PKCE, of which it knows nothing, with a nonce in its place', async () => {
      const { id, secret } = await makeClient(control, {
        ...theirs,
        applicationType: 'native',
        redirectUris: [`${app}/callback`],
        allowWithoutPkce: true,
      })
      server.on('request', await passportApp({ issuer: control.url, id, secret: secret ?? '', app }))
      const { visitor, person } = await signIn(control)
      const browser = openVisitor(app)
      const sent = await browser.get('/login')
      expect(sent.headers.get('location')).not.toContain('code_challenge')
      const callback = await agreeAt(visitor, sent.headers.get('location') ?? '')
      expect((await browser.get(callback.pathname + callback.search)).headers.get('location')).toBe('/')
      expect((await browser.get('/')).body).toMatchObject({ emails: [{ value: person.email }] })
    })
  })

  describe('a request without PKCE', () => {
    const asked = (id: string, more: object) =>
      `/oauth/authorize?${new URLSearchParams({ client_id: id, redirect_uri: CALLBACK, response_type: 'code', scope: 'openid', state: 's', ...more })}`
    const errorOf = async (path: string) => {
      const { visitor } = await signIn(control)
      return (await follow(visitor, new URL(path, control.url))).url.searchParams.get('error')
    }

    it('is refused of every client but one that may, and of that one without a nonce', async () => {
      const [usual, lax] = [await makeClient(control), await makeClient(control, { allowWithoutPkce: true })]
      expect(await errorOf(asked(usual.id, { nonce: 'n' }))).toBe('invalid_request')
      expect(await errorOf(asked(lax.id, {}))).toBe('invalid_request')
      expect(await errorOf(asked(lax.id, { nonce: '' }))).toBe('invalid_request')
      expect(await errorOf(asked(lax.id, { nonce: 'n' }))).toBeNull()
    })

    it('is never allowed to a public client, nor to one that is held to FAPI 2.0', async () => {
      const wrong = { kind: 'public', allowWithoutPkce: true } as const
      await expect(makeClient(control, wrong)).rejects.toThrow('confidential clients alone')
      await expect(makeClient(control, { fapi2: true, allowWithoutPkce: true })).rejects.toThrow('fapi2')
    })
  })
})

type Handler = (request: unknown, response: unknown, next?: unknown) => void

// Its types would bring those of browsers along, which then stand for Node's own everywhere.
async function loadAuth(): Promise<(request: Request, config: object) => Promise<Response>> {
  const name: string = '@auth/core'
  return (await import(name)).Auth
}

/** An application as the documentation of passport makes one. */
async function passportApp(of: { issuer: string; id: string; secret: string; app: string }) {
  // These come without types.
  const load = async (name: string) => (await import(name)).default
  const [passport, Strategy, session] = await Promise.all(
    ['passport', 'passport-openidconnect', 'express-session'].map(load),
  )
  const strategy = new Strategy(
    {
      issuer: of.issuer,
      authorizationURL: `${of.issuer}/oauth/authorize`,
      tokenURL: `${of.issuer}/oauth/token`,
      userInfoURL: `${of.issuer}/oauth/userinfo`,
      clientID: of.id,
      clientSecret: of.secret,
      callbackURL: `${of.app}/callback`,
      scope: 'profile email',
      nonce: true,
    },
    (_issuer: string, profile: object, done: (error: null, user: object) => void) => done(null, profile),
  )
  passport.use('sallyport', strategy)
  passport.serializeUser((user: object, done: (error: null, user: object) => void) => done(null, user))
  passport.deserializeUser((user: object, done: (error: null, user: object) => void) => done(null, user))
  const authenticate: Handler = passport.authenticate('sallyport', { successRedirect: '/', failWithError: true })
  const app = express()
  app.use(session({ secret: 'of the application', resave: false, saveUninitialized: false }))
  app.use(passport.session())
  app.get('/login', authenticate)
  app.get('/callback', authenticate)
  app.get('/', (request, response) => void response.json(Reflect.get(request, 'user') ?? null))
  return app
}
