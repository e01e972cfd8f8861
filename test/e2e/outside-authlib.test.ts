import { randomBytes } from 'node:crypto'
import { exportJWK, generateKeyPair } from 'jose'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { agreeAt } from '../support/agreeing.ts'
import { type Application, openApplication } from '../support/authlib.ts'
import { backends, canUse, type World } from '../support/backends.ts'
import { type Control, openControl } from '../support/control.ts'
import { CALLBACK, makeClient, signIn } from '../support/relying-party.ts'

const API = 'https://api.example.com'
const SERVICE = {
  redirectUris: [],
  grants: ['client_credentials'],
  scopes: ['orders:read'],
  permissions: ['orders:read'],
  firstParty: false,
  consent: 'once',
} as const

describe.skipIf(!canUse.authlib).each(backends)('Authlib (Python), unchanged, on $name,', ({ open }) => {
  let world: World
  let control: Control
  let application: Application

  beforeAll(async () => {
    world = await open()
    const env = { SALLYPORT_OAUTH_RESOURCES: JSON.stringify([{ id: API, scopes: ['orders:read'] }]) }
    control = await openControl(world, { issuerHost: 'localhost', env })
  })
  afterAll(async () => {
    await control?.stop()
    await world?.close()
  })
  afterEach(() => application?.close())

  const active = async (token: string) => (await application.do('introspect', { token })).active

  it('gets tokens of its own, asks about them and revokes them', async () => {
    const client = await makeClient(control, SERVICE)
    application = openApplication({ ...client, issuer: control.url, scope: 'orders:read' })
    const { access_token: token, token_type } = await application.do('service', { more: { resource: API } })
    expect(token_type).toBe('Bearer')
    expect(await application.do('introspect', { token })).toMatchObject({ active: true, scope: 'orders:read' })
    expect(await application.do('revoke', { token })).toEqual({ status: 200 })
    expect(await active(token)).toBe(false)
  })

  it('proves itself by a key (RFC 7523)', async () => {
    const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true })
    const jwks = { keys: [{ ...(await exportJWK(publicKey)), kid: 'one', alg: 'ES256', use: 'sig' }] }
    const { id } = await makeClient(control, { ...SERVICE, authentication: 'private_key_jwt', jwks })
    const key = { ...(await exportJWK(privateKey)), kid: 'one' }
    application = openApplication({ id, key, method: 'private_key_jwt', issuer: control.url, scope: 'orders:read' })
    const { access_token: token } = await application.do('service', { more: { resource: API } })
    expect(await application.do('introspect', { token })).toMatchObject({ active: true })
  })

  it('signs a person in with PKCE, believes the ID token, renews, and ends what it has', async () => {
    const scopes = ['openid', 'email', 'offline_access']
    const client = await makeClient(control, { firstParty: false, consent: 'once', scopes })
    const { visitor, person } = await signIn(control)
    application = openApplication({ ...client, issuer: control.url, scope: scopes.join(' '), redirect: CALLBACK })
    const [verifier, nonce] = [randomBytes(32).toString('hex'), randomBytes(16).toString('hex')]
    const { url, state } = await application.do('begin', { verifier, nonce, more: { prompt: 'consent' } })
    const callback = (await agreeAt(visitor, url)).href
    const finished = await application.do('finish', { callback, state, verifier, nonce })
    expect(finished.claims.sub).toBe(person.id)
    expect(finished.userinfo).toMatchObject({ sub: person.id, email: person.email })
    const renewed = await application.do('renew', { token: finished.token.refresh_token })
    expect(await active(renewed.refresh_token)).toBe(true)
    await application.do('revoke', { token: renewed.refresh_token })
    expect(await active(renewed.refresh_token)).toBe(false)
    expect(await active(renewed.access_token)).toBe(false)
    await expect(application.do('renew', { token: renewed.refresh_token })).rejects.toThrow('invalid_grant')
  })

  it('is told what is wrong in words that it knows', async () => {
    const { id } = await makeClient(control, SERVICE)
    application = openApplication({ id, secret: 'spc_wrong', issuer: control.url, scope: 'orders:read' })
    await expect(application.do('service', { more: {} })).rejects.toThrow('invalid_client')
  })
})
