import * as oidc from 'openid-client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { backends, type World } from '../support/backends.ts'
import { type Control, openControl } from '../support/control.ts'
import { makePerson } from '../support/people.ts'
import { authorize, discover, makeClient, redeem, signIn } from '../support/relying-party.ts'

describe.each(backends)('a web application that signs people in, on $name', ({ open }) => {
  let world: World
  let control: Control

  beforeAll(async () => {
    world = await open()
    const resources = [{ id: 'https://api.example.com', scopes: ['orders:read', 'orders:write'] }]
    const env = { SALLYPORT_OAUTH_RESOURCES: JSON.stringify(resources) }
    control = await openControl(world, { issuerHost: 'localhost', env })
  })
  afterAll(async () => {
    await control?.stop()
    await world?.close()
  })

  it('gets an ID token of whoever is signed in, and what it asks of them at userinfo', async () => {
    const config = await discover(control, await makeClient(control))
    const { person, visitor } = await signIn(control)
    const tokens = await redeem(config, await authorize(config, visitor))
    const claims = tokens.claims()
    expect(claims).toMatchObject({ iss: control.url, sub: person.id, acr: 'aal1', amr: ['pwd'] })
    const info = await oidc.fetchUserInfo(config, tokens.access_token, person.id)
    expect(info).toMatchObject({ sub: person.id, email: person.email, email_verified: true, name: 'Ada Lovelace' })
    expect((await visitor.get('/.well-known/openid-configuration')).body.issuer).toBe(control.url)
  })

  it('gets a signed access token for an API, with the scopes that the person holds alone', async () => {
    const client = await makeClient(control, { scopes: ['openid', 'orders:read', 'orders:write'] })
    const config = await discover(control, client)
    const { person, visitor } = await signIn(control, await makePerson(control, { roles: ['analyst'] }))
    const asked = { scope: 'openid orders:read orders:write', resource: 'https://api.example.com' }
    const tokens = await redeem(config, await authorize(config, visitor, asked))
    const payload = JSON.parse(Buffer.from(tokens.access_token.split('.')[1] ?? '', 'base64url').toString())
    expect(payload).toMatchObject({ aud: 'https://api.example.com', sub: person.id, org: 'org_default', kind: 'user' })
    expect(payload).toMatchObject({ scope: 'orders:read', permissions: ['orders:read'], acr: 'aal1' })
    expect(payload.gid).toHaveLength(22)
  })

  it('leaves a record of what was issued, and of what was refused with the reason that the client is not told', async () => {
    const client = await makeClient(control)
    const config = await discover(control, client)
    const { person, visitor } = await signIn(control)
    const authorization = await authorize(config, visitor)
    await redeem(config, authorization)
    await expect(redeem(config, { ...authorization })).rejects.toMatchObject({ error: 'invalid_grant' })
    const { key } = await control.keyWith(['audit:read'], { scopes: ['audit:read'] })
    const told = async (type: string) => {
      const { body } = await control.call(key, 'GET', `/v1/audit/events?type=${type}&resource=${client.id}`)
      return body.items
    }
    await expect.poll(() => told('oauth.refused')).toHaveLength(1)
    expect((await told('oauth.refused'))[0]).toMatchObject({ code: 'invalid_grant', details: { endpoint: 'grant' } })
    expect((await told('token.issued'))[0].details).toMatchObject({ client: client.id, subject: person.id })
    expect((await told('authorization.granted'))[0].principal).toBe(person.id)
  })

  it('is told of roles and permissions with their scopes, and of a second factor when it asks', async () => {
    const client = await makeClient(control, { scopes: ['openid', 'roles', 'permissions'] })
    const config = await discover(control, client)
    const { visitor } = await signIn(control, await makePerson(control, { roles: ['analyst'] }))
    const asked = { scope: 'openid roles permissions', claims: JSON.stringify({ id_token: { mfa_verified: null } }) }
    const claims = (await redeem(config, await authorize(config, visitor, asked))).claims()
    expect(claims).toMatchObject({ roles: ['analyst'], mfa_verified: false })
    expect(claims?.permissions).toContain('*:read')
    const plain = (await redeem(config, await authorize(config, visitor, { scope: 'openid' }))).claims()
    expect(plain).not.toHaveProperty('roles')
    expect(plain).not.toHaveProperty('mfa_verified')
  })

  it('renews its tokens, and one that was renewed already is of no use', async () => {
    const config = await discover(control, await makeClient(control))
    const { visitor } = await signIn(control)
    const tokens = await redeem(config, await authorize(config, visitor))
    const renewed = await oidc.refreshTokenGrant(config, tokens.refresh_token ?? '')
    expect(renewed.refresh_token).not.toBe(tokens.refresh_token)
    expect(renewed.claims()?.sub).toBe(tokens.claims()?.sub)
  })
})
