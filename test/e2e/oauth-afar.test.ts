import * as oidc from 'openid-client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CIBA, DEVICE_CODE } from '../../src/oauth/index.ts'
import { backends, type World } from '../support/backends.ts'
import { type Control, openControl } from '../support/control.ts'
import { waitForMail } from '../support/inbox.ts'
import { makePerson } from '../support/people.ts'
import { discover, makeClient, type Registered, signIn } from '../support/relying-party.ts'
import { openVisitor, type Visitor } from '../support/visitor.ts'

type Answer = { status: number; body: Record<string, string> }

describe.each(backends)('signing in somewhere else than the program, on $name', ({ open }) => {
  let world: World
  let control: Control
  let second: Control

  beforeAll(async () => {
    world = await open()
    const env = {
      SALLYPORT_OAUTH_RESOURCES: JSON.stringify([{ id: 'https://api.example.com', scopes: ['orders:read'] }]),
    }
    control = await openControl(world, { issuerHost: 'localhost', env })
    second = await openControl(world, { env: { ...env, SALLYPORT_ISSUER: control.url } })
  })
  afterAll(async () => {
    await second?.stop()
    await control?.stop()
    await world?.close()
  })

  const post = async (
    path: string,
    client: Registered,
    form: Record<string, string>,
    at = control,
  ): Promise<Answer> => {
    const headers: Record<string, string> =
      client.secret === null
        ? {}
        : { authorization: `Basic ${Buffer.from(`${client.id}:${client.secret}`).toString('base64')}` }
    const body = new URLSearchParams(client.secret === null ? { client_id: client.id, ...form } : form)
    const answer = await fetch(new URL(path, at.url), { method: 'POST', headers, body })
    return { status: answer.status, body: (await answer.json()) as Record<string, string> }
  }

  describe('with a code that a device shows (RFC 8628)', () => {
    const device = { kind: 'public', grants: [DEVICE_CODE], redirectUris: [], scopes: ['openid', 'profile'] } as const
    const start = async () => {
      const client = await makeClient(control, { ...device, firstParty: false, consent: 'once' })
      const { body } = await post('/oauth/device/authorize', client, { scope: 'openid profile' })
      const poll = (at = control) => {
        const form = { grant_type: DEVICE_CODE, device_code: body.device_code ?? '' }
        return post('/oauth/token', client, form, at)
      }
      return { client, body, poll }
    }

    /** The field of a form that no other page can know. */
    const xsrfIn = (page: unknown) => /name="xsrf" value="([^"]+)"/.exec(String(page))?.[1] ?? ''

    const type = async (visitor: Visitor, code: string, more: Record<string, string> = {}) => {
      const page = await visitor.get('/oauth/device')
      return visitor.post('/oauth/device', new URLSearchParams({ xsrf: xsrfIn(page.body), user_code: code, ...more }))
    }

    it('gives the device a code of more than thirty bits, and tells it where the person goes', async () => {
      const { body } = await start()
      expect(body.user_code).toMatch(/^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$/)
      expect(body.verification_uri).toBe(`${control.url}/oauth/device`)
      expect(Number(body.expires_in)).toBe(600)
    })

    it('tells a device that asks too often to slow down, whichever process it asks', async () => {
      const { poll } = await start()
      expect((await poll()).body.error).toBe('authorization_pending')
      if (world.redisUrl === null) expect((await poll()).body.error).toBe('slow_down')
      else expect((await poll(second)).body.error).toBe('slow_down')
    })

    it('is refused by whoever typed the code and says no, and that is told once', async () => {
      const { body, poll } = await start()
      const { visitor } = await signIn(control)
      await type(visitor, body.user_code ?? '')
      await type(visitor, body.user_code ?? '', { abort: 'yes' })
      expect((await poll()).body.error).toBe('access_denied')
      expect((await poll()).body.error).toBe('invalid_grant')
    })

    it('is of no use to another client', async () => {
      const [mine, other] = [await start(), await start()]
      const form = { grant_type: DEVICE_CODE, device_code: mine.body.device_code ?? '' }
      expect((await post('/oauth/token', other.client, form)).body.error).toBe('invalid_grant')
    })

    it('lets nobody guess: after some wrong codes a session and an address have to wait', async () => {
      const { body } = await start()
      const { visitor } = await signIn(control)
      for (let i = 0; i < 10; i++) await type(visitor, `BBBB-BB${'BCDFGHJKLM'[i]}B`)
      const right = await type(visitor, body.user_code ?? '')
      expect(right.status).toBe(400)
    })
  })

  describe('by an approval in a session (CIBA)', () => {
    const start = async (more: object = {}) => {
      const wish = {
        grants: [CIBA],
        redirectUris: [],
        scopes: ['openid', 'profile'],
        firstParty: false,
        ...more,
      } as const
      const client = await makeClient(control, { ...wish, consent: 'once' } as never)
      const ask = (form: Record<string, string>) => post('/oauth/backchannel', client, { scope: 'openid', ...form })
      const poll = (id = '', at = control) => post('/oauth/token', client, { grant_type: CIBA, auth_req_id: id }, at)
      return { client, ask, poll }
    }
    const LIST = '/v1/account/sign-in-requests'

    it('signs the person in with what they proved, once they approved, once', async () => {
      const { client, ask, poll } = await start()
      const { person, visitor } = await signIn(control)
      const { body } = await ask({ login_hint: person.email, binding_message: 'Order 4711' })
      expect((await poll(body.auth_req_id)).body.error).toBe('authorization_pending')
      const { items } = (await visitor.get(LIST)).body
      expect(items).toMatchObject([
        { client: { id: client.id }, message: 'Order 4711', scopes: ['openid'], level: null },
      ])
      expect(JSON.stringify(items)).not.toContain(body.auth_req_id)
      await waitForMail(control, person.email, { template: 'sign_in_request' })
      const answers = await Promise.all(
        ['approve', 'deny', 'approve'].map((verb) => visitor.post(`${LIST}/${items[0].id}/${verb}`)),
      )
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
      expect((await visitor.get(LIST)).body.items).toEqual([])
    })

    it('gives tokens of the person, as openid-client asks for them', async () => {
      const { client, poll } = await start()
      const config = await discover(control, client)
      const { person, visitor } = await signIn(control)
      const begun = await oidc.initiateBackchannelAuthentication(config, { scope: 'openid', login_hint: person.id })
      const { items } = (await visitor.get(LIST)).body
      expect((await visitor.post(`${LIST}/${items[0].id}/approve`)).status).toBe(200)
      const tokens = await oidc.pollBackchannelAuthenticationGrant(config, { ...begun, interval: 1 })
      expect(tokens.claims()).toMatchObject({ sub: person.id, acr: 'aal1' })
      expect((await poll(begun.auth_req_id)).body.error).toBe('invalid_grant')
    })

    it('tells the client when the person says no', async () => {
      const { ask, poll } = await start()
      const { person, visitor } = await signIn(control)
      const { body } = await ask({ login_hint: person.email })
      const { items } = (await visitor.get(LIST)).body
      expect((await visitor.post(`${LIST}/${items[0].id}/deny`)).status).toBe(200)
      expect((await poll(body.auth_req_id)).body.error).toBe('access_denied')
    })

    it('answers about nobody as about somebody, who never approves', async () => {
      const { ask, poll } = await start()
      const known = await ask({ login_hint: (await makePerson(control)).email })
      const unknown = await ask({ login_hint: 'nobody@example.com' })
      expect(Object.keys(unknown.body).sort()).toEqual(Object.keys(known.body).sort())
      expect(unknown.status).toBe(known.status)
      expect((await poll(unknown.body.auth_req_id)).body.error).toBe('authorization_pending')
    })

    it('is nobody else’s to approve, and needs what the client demands', async () => {
      const { ask } = await start()
      const [{ person, visitor }, { visitor: other }] = [await signIn(control), await signIn(control)]
      await ask({ login_hint: person.email, acr_values: 'aal2' })
      const [{ id }] = (await visitor.get(LIST)).body.items
      expect((await other.post(`${LIST}/${id}/approve`)).body.code).toBe('SIGN_IN_REQUEST_UNKNOWN')
      expect((await visitor.post(`${LIST}/${id}/approve`)).body.code).toBe('SIGN_IN_REQUEST_LEVEL')
      expect((await openVisitor(control.url).get(LIST)).status).toBe(401)
      expect((await visitor.get(LIST)).body.items).toHaveLength(1)
    })

    it.each([
      ['a message with a line break', { binding_message: 'a\nb' }],
      ['a message that turns its letters', { binding_message: 'a\u202eb' }],
      ['a message that is too long', { binding_message: 'x'.repeat(65) }],
    ])('refuses %s', async (_what, form) => {
      const { ask } = await start()
      expect((await ask({ login_hint: 'a@example.com', ...form })).body.error).toBe('invalid_binding_message')
    })

    it.each([
      ['no hint', {}],
      ['two hints', { login_hint: 'a@example.com', id_token_hint: 'x.y.z' }],
      ['a user code', { login_hint: 'a@example.com', user_code: '1234' }],
      ['a wrong time', { login_hint: 'a@example.com', requested_expiry: '-5' }],
    ])('refuses %s', async (_what, form) => {
      const { ask } = await start()
      expect((await ask(form)).status).toBe(400)
    })

    it('lets a client ask one person a few times only', async () => {
      const { ask } = await start()
      const { email } = await makePerson(control)
      for (let i = 0; i < 5; i++) expect((await ask({ login_hint: email })).status).toBe(200)
      expect((await ask({ login_hint: email.toUpperCase() })).body.error).toBe('slow_down')
    })
  })
})
