import { generateKeyPairSync } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  type Alteration,
  coseOf,
  openAuthenticator,
  type SoftAuthenticator,
  type SoftOptions,
} from '../support/authenticator.ts'
import { backends, type World } from '../support/backends.ts'
import { type Control, openControl, type Reply } from '../support/control.ts'
import { mailsTo, waitForMail } from '../support/inbox.ts'
import { type Made, makePerson } from '../support/people.ts'
import { openVisitor, type Visitor } from '../support/visitor.ts'

const MINUTE = 60_000
const TWENTY = 20

type Person = Made & { readonly visitor: Visitor; readonly passkey: SoftAuthenticator; readonly passkeyId: string }

describe.each(backends)('passkeys on $name', ({ open }) => {
  let world: World
  let control: Control
  let reader: string
  let ada: Person
  // Time goes on by itself, and faster where a test says so.
  let ahead = 0
  const clock = { now: () => Date.now() + ahead }

  beforeAll(async () => {
    world = await open()
    const env = { SALLYPORT_IDENTITY_ANSWER_DELAY: '0ms', SALLYPORT_IDENTITY_SESSIONS_MOST: '50' }
    control = await openControl(world, { issuerHost: 'localhost', clock, env })
    reader = (await control.keyWith(['audit:read'])).key
    await organization('org_strict', { requireMfa: true })
    await organization('org_passwords', { methods: ['password'] })
    ada = await newcomer()
  })
  afterAll(async () => {
    await control?.stop()
    await world?.close()
  })

  const organization = (id: string, policy: object) =>
    control.serving.system.store.write(async (tx) => {
      const columns = { created_at: 0, created_by: 'test', changed_at: 0, changed_by: 'test', version: 1 }
      const row = { id, name: id, name_key: id, enabled: 1, ...columns, rest: JSON.stringify(policy) }
      await tx.tables<{ organization: typeof row }>().insertInto('organization').values(row).execute()
    })

  const visit = () => openVisitor(control.url, { clock })
  const soft = (options: Partial<SoftOptions> = {}) => openAuthenticator({ origin: control.url, ...options })
  const ok = ({ status, body }: Reply) => {
    expect(status, JSON.stringify(body)).toBeLessThan(300)
    return body
  }
  const events = async (query: string) => ok(await control.call(reader, 'GET', `/v1/audit/events?${query}`)).items

  /** Adds a passkey in a session. */
  const add = async (visitor: Visitor, authenticator: SoftAuthenticator, alter: Alteration = {}, kind = 'passkey') => {
    const options = ok(await visitor.post('/v1/account/passkeys/options', { kind }))
    return visitor.post('/v1/account/passkeys', { name: 'Laptop', response: authenticator.create(options, alter) })
  }

  /** A person with a session and a passkey, signed in by it. */
  const newcomer = async (options: Partial<SoftOptions> = {}): Promise<Person> => {
    const made = await makePerson(control)
    const visitor = visit()
    ok(await visitor.post('/v1/auth/login', { email: made.email, password: made.password }))
    const passkey = soft(options)
    const { passkey: added } = ok(await add(visitor, passkey))
    const signedIn = await signIn(passkey)
    expect(signedIn.body.next).toBe('done')
    return { ...made, visitor: signedIn.visitor, passkey, passkeyId: added.id }
  }

  /** Signs in with a passkey alone. */
  const signIn = async (authenticator: SoftAuthenticator, alter: Alteration = {}, visitor = visit()) => {
    const options = ok(await visitor.post('/v1/auth/passkey/options', {}))
    const answer = await visitor.post('/v1/auth/passkey', { response: authenticator.get(options, alter) })
    return { visitor, status: answer.status, body: answer.body }
  }

  const refusal = ({ requestId: _, ...body }: Record<string, unknown>) => body

  it('one that stays on its device signs in without a user name, as sure as it gets', async () => {
    const { visitor, status, body } = await signIn(ada.passkey)
    expect(status, JSON.stringify(body)).toBe(200)
    expect(body).toMatchObject({ next: 'done', person: { email: ada.email }, session: { acr: 'aal3' } })
    expect(body.session.amr).toEqual(['hwk', 'user', 'mfa'])
    expect((await visitor.get('/v1/account/passkeys')).body.items).toMatchObject([
      {
        id: ada.passkeyId,
        name: 'Laptop',
        kind: 'passkey',
        discoverable: true,
        synced: false,
        suspendedAt: null,
        authenticator: { name: null, icon: null, attested: false },
      },
    ])
  })

  it('is offered by options that name nobody', async () => {
    const { body } = await visit().post('/v1/auth/passkey/options', {})
    expect(body).toMatchObject({ rpId: 'localhost', allowCredentials: [], userVerification: 'required' })
    const { body: creation } = await ada.visitor.post('/v1/account/passkeys/options', {})
    expect(creation).toMatchObject({
      rp: { id: 'localhost' },
      user: { name: ada.email },
      authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
      excludeCredentials: [{ id: ada.passkey.credentialId(), type: 'public-key', transports: ['internal'] }],
      attestation: 'none',
    })
    expect(creation.pubKeyCredParams.map(({ alg }: { alg: number }) => alg)).toEqual([-7, -8, -257])
    expect(creation.user.id).toMatch(/^[A-Za-z0-9_-]{43}$/)
    expect(Buffer.from(creation.user.id, 'base64url').toString()).not.toContain(ada.id)
  })

  it.each(['EdDSA', 'RS256'] as const)(
    'of %s works like any other; a synced one proves two factors',
    async (algorithm) => {
      const passkey = soft({ algorithm, backupEligible: true, backedUp: true, counts: false })
      ok(await add(ada.visitor, passkey))
      for (let i = 0; i < 2; i++) {
        const { body } = await signIn(passkey)
        expect(body).toMatchObject({ next: 'done', session: { acr: 'aal2', amr: ['swk', 'user', 'mfa'] } })
      }
    },
  )

  describe('an answer', () => {
    /** What a sign-in refuses, each with the same words. */
    const LIES: readonly (readonly [string, Alteration])[] = [
      ['to a challenge that was never made', { challenge: Buffer.alloc(32, 7).toString('base64url') }],
      ['made in another ceremony', { type: 'webauthn.create' }],
      ['made at another origin', { origin: 'https://localhost.evil.example' }],
      ['made at its host on another port', { origin: 'http://localhost:1' }],
      ['made in a frame of another site', { crossOrigin: true }],
      ['made under the page of another site', { topOrigin: 'https://evil.example' }],
      ['made in a frame, saying under whom', { crossOrigin: true, topOrigin: 'https://evil.example' }],
      ['for another relying party', { rpId: 'evil.example' }],
      ['by who was not verified', { flags: (flags) => flags & ~0x04 }],
      ['by nobody present', { flags: (flags) => flags & ~0x01 }],
      ['of a passkey that became one that may be copied', { flags: (flags) => flags | 0x08 }],
      ['of a passkey that is backed up and must not be', { flags: (flags) => flags | 0x10 }],
      ['with the user handle of nobody', { userHandle: Buffer.alloc(32, 1).toString('base64url') }],
      ['without a user handle', { userHandle: null }],
      ['with an empty user handle', { userHandle: '' }],
      [
        'with another signature',
        { signature: (bytes) => Buffer.from(bytes.map((byte, i) => (i === 9 ? byte ^ 1 : byte))) },
      ],
      ['with no signature to speak of', { signature: () => Buffer.from('signed') }],
      ['of a credential that nobody has', { id: Buffer.alloc(32, 9).toString('base64url') }],
    ]

    it.each(LIES)('%s is refused, and tells nothing', async (_, alter) => {
      const { status, body, visitor } = await signIn(ada.passkey, alter)
      // An empty text is none of what the form takes.
      const malformed = alter.userHandle === ''
      expect(status, JSON.stringify(body)).toBe(malformed ? 400 : 401)
      if (malformed) return
      const stranger = await signIn(soft())
      expect(refusal(body)).toEqual(refusal(stranger.body))
      expect(body.code).toBe('PASSKEY_REFUSED')
      expect(visitor.cookies()).toEqual([])
    })

    it('with the handle of another person is refused', async () => {
      const other = await newcomer()
      const options = ok(await other.visitor.post('/v1/account/passkeys/options', {}))
      expect((await signIn(ada.passkey, { userHandle: options.user.id })).body.code).toBe('PASSKEY_REFUSED')
    })

    it('works once, and for five minutes', async () => {
      const visitor = visit()
      const options = ok(await visitor.post('/v1/auth/passkey/options', {}))
      const response = ada.passkey.get(options)
      const answers = await Promise.all(
        Array.from({ length: TWENTY }, () => visitor.post('/v1/auth/passkey', { response })),
      )
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
      expect(answers.filter(({ body }) => body.code === 'PASSKEY_REFUSED')).toHaveLength(TWENTY - 1)

      const late = ok(await visitor.post('/v1/auth/passkey/options', {}))
      ahead += 5 * MINUTE + 1
      expect((await visitor.post('/v1/auth/passkey', { response: ada.passkey.get(late) })).body.code).toBe(
        'PASSKEY_REFUSED',
      )
      expect((await signIn(ada.passkey)).body.next).toBe('done')
    })

    it('is spent by a wrong try', async () => {
      const visitor = visit()
      const options = ok(await visitor.post('/v1/auth/passkey/options', {}))
      const wrong = ada.passkey.get(options, { flags: (flags) => flags & ~0x04 })
      expect((await visitor.post('/v1/auth/passkey', { response: wrong })).status).toBe(401)
      expect((await visitor.post('/v1/auth/passkey', { response: ada.passkey.get(options) })).status).toBe(401)
    })

    it('to what one purpose was asked serves no other', async () => {
      const visitor = visit()
      const { flow } = ok(await visitor.post('/v1/auth/login', { email: ada.email }))
      const inFlow = ok(await visitor.post('/v1/auth/passkey/options', { flow }))
      expect((await visitor.post('/v1/auth/passkey', { response: ada.passkey.get(inFlow) })).status).toBe(401)
      const alone = ok(await visitor.post('/v1/auth/passkey/options', {}))
      expect((await visitor.post('/v1/auth/passkey', { flow, response: ada.passkey.get(alone) })).status).toBe(401)
      const stepUp = ok(await ada.visitor.post('/v1/account/step-up/begin', { method: 'passkey' }))
      const elsewhere = await visitor.post('/v1/auth/passkey', { response: ada.passkey.get(stepUp) })
      expect(elsewhere.status).toBe(401)
    })

    it('is refused where it is no answer at all', async () => {
      const visitor = visit()
      const base = ada.passkey.get(ok(await visitor.post('/v1/auth/passkey/options', {})))
      const half = { ...base, response: { clientDataJSON: base.response.clientDataJSON } }
      const bodies = [
        {},
        { response: null },
        { response: [] },
        { response: {} },
        { response: half },
        { response: { ...base, type: 'password' } },
        { response: { ...base, id: '' } },
        { response: { ...base, id: 'a'.repeat(1365), rawId: 'a'.repeat(1365) } },
        { response: { ...base, response: { ...base.response, clientDataJSON: 'a'.repeat(8193) } } },
        { response: base, more: true },
      ]
      for (const body of bodies) expect((await visitor.post('/v1/auth/passkey', body)).status).toBe(400)
      const odd = [
        { ...base, rawId: 'another' },
        { ...base, id: 'not*base64url', rawId: 'not*base64url' },
        { ...base, response: { ...base.response, clientDataJSON: Buffer.from('[]').toString('base64url') } },
        { ...base, response: { ...base.response, clientDataJSON: Buffer.from([0xff, 0xfe]).toString('base64url') } },
        { ...base, response: { ...base.response, authenticatorData: 'AAAA' } },
      ]
      for (const response of odd) expect((await visitor.post('/v1/auth/passkey', { response })).status).toBe(401)
    })

    it('from a page of another site signs nobody in', async () => {
      const visitor = visit()
      const options = ok(await visitor.post('/v1/auth/passkey/options', {}))
      const foreign = { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }
      const answer = await visitor.post('/v1/auth/passkey', { response: ada.passkey.get(options) }, foreign)
      expect([answer.status, answer.body.code]).toEqual([403, 'ORIGIN_REFUSED'])
    })
  })

  describe('after the address', () => {
    const named = async (email: string, visitor = visit()) => {
      const { flow } = ok(await visitor.post('/v1/auth/login', { email }))
      const options = ok(await visitor.post('/v1/auth/passkey/options', { flow }))
      return { visitor, flow, options, ids: options.allowCredentials.map(({ id }: { id: string }) => id) as string[] }
    }

    it('its credentials are named among inventions, and it signs in', async () => {
      const { visitor, flow, options, ids } = await named(ada.email)
      expect(ids).toContain(ada.passkey.credentialId())
      const answer = await visitor.post('/v1/auth/passkey', {
        flow,
        response: ada.passkey.get(options, { userHandle: null }),
      })
      expect(answer.body, JSON.stringify(answer.body)).toMatchObject({ next: 'done', person: { email: ada.email } })
    })

    it('nobody can tell an address without an account, however it is spelt and whenever it is asked', async () => {
      const first = await named('nobody@example.com')
      const again = await named('NOBODY@example.com ')
      expect(first.ids.length).toBeGreaterThan(1)
      expect(again.ids).toEqual(first.ids)
      expect((await named('somebody-else@example.com')).ids).not.toEqual(first.ids)
      const real = await named(ada.email)
      const shape = ({ options }: typeof first) => ({ ...options, challenge: '', allowCredentials: [] })
      expect(shape(first)).toEqual(shape(real))
      for (const { options } of [first, real]) {
        for (const one of options.allowCredentials) expect(Object.keys(one).toSorted()).toEqual(['id', 'type'])
      }
      const { visitor, flow, options, ids } = first
      const response = soft().get(options, { id: ids[0] as string })
      const invented = await visitor.post('/v1/auth/passkey', { flow, response })
      const other = await named(ada.email)
      const forged = soft().get(other.options, { id: ada.passkey.credentialId() })
      const wrong = await other.visitor.post('/v1/auth/passkey', { flow: other.flow, response: forged })
      expect(refusal(invented.body)).toEqual(refusal(wrong.body))
    })

    it('the passkey of somebody else is refused', async () => {
      const other = await newcomer()
      const { visitor, flow, options } = await named(ada.email)
      const answer = await visitor.post('/v1/auth/passkey', { flow, response: other.passkey.get(options) })
      expect([answer.status, answer.body.code]).toEqual([401, 'PASSKEY_REFUSED'])
    })
  })

  describe('a new one', () => {
    /** What an account refuses to add. */
    const LIES: readonly (readonly [string, Alteration])[] = [
      ['made in another ceremony', { type: 'webauthn.get' }],
      ['made at another origin', { origin: 'https://evil.example' }],
      ['made in a frame of another site', { crossOrigin: true }],
      ['for another relying party', { rpId: 'evil.example' }],
      ['without verifying its user', { flags: (flags) => flags & ~0x04 }],
      ['by nobody present', { flags: (flags) => flags & ~0x01 }],
      ['under the id of another', { id: Buffer.alloc(32, 3).toString('base64url') }],
      ['to a challenge of nobody', { challenge: Buffer.alloc(32, 5).toString('base64url') }],
      ['with a key that is no point', { publicKey: keyWith({ '-3': Buffer.alloc(32, 1) }) }],
      ['with a short RSA key', { publicKey: shortRsa() }],
      ['with half a key', { publicKey: keyWith({}).subarray(0, 20) }],
    ]

    it.each(LIES)('%s is refused', async (_, alter) => {
      const answer = await add(ada.visitor, soft(), alter)
      expect([answer.status, answer.body.code], JSON.stringify(answer.body)).toEqual([400, 'PASSKEY_INVALID'])
    })

    it('of an algorithm that was not offered is refused', async () => {
      const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
      const es384 = Buffer.from(coseOf('ES256', publicKey))
      // { 1: 2, 3: -7, … } says -35 instead.
      const offered = Buffer.concat([es384.subarray(0, 4), Buffer.from([0x38, 0x22]), es384.subarray(5)])
      expect((await add(ada.visitor, soft(), { publicKey: offered })).body.code).toBe('PASSKEY_INVALID')
    })

    it('is made in the session that asked, once', async () => {
      const options = ok(await ada.visitor.post('/v1/account/passkeys/options', {}))
      const other = (await signIn(ada.passkey)).visitor
      const response = soft().create(options)
      const elsewhere = await other.post('/v1/account/passkeys', { name: 'Theirs', response })
      expect(elsewhere.body.code).toBe('PASSKEY_INVALID')
      const mine = await Promise.all(
        [0, 1, 2].map(() => ada.visitor.post('/v1/account/passkeys', { name: 'Mine', response })),
      )
      expect(mine.map(({ status }) => status).toSorted()).toEqual([201, 400, 400])
    })

    it('that somebody has already is nobody else’s', async () => {
      const other = await newcomer()
      const again = await add(other.visitor, ada.passkey.copy())
      expect([again.status, again.body.code]).toEqual([409, 'PASSKEY_TAKEN'])
    })

    it('is told by mail, has a name, gets another and goes; its first one brings backup codes', async () => {
      const made = await makePerson(control)
      const visitor = visit()
      ok(await visitor.post('/v1/auth/login', { email: made.email, password: made.password }))
      const passkey = soft()
      const { passkey: added, backupCodes } = ok(await add(visitor, passkey))
      expect(backupCodes).toHaveLength(10)
      await waitForMail(control, made.email, { template: 'factor_added' })
      // Who has a second factor now has to prove it before the next change.
      expect((await visitor.delete(`/v1/account/passkeys/${added.id}`)).body.code).toBe('STEP_UP_REQUIRED')
      const options = ok(await visitor.post('/v1/account/step-up/begin', { method: 'passkey' }))
      ok(await visitor.post('/v1/account/step-up', { method: 'passkey', response: passkey.get(options) }))
      expect(ok(await visitor.patch(`/v1/account/passkeys/${added.id}`, { name: 'Blue' })).name).toBe('Blue')
      const second = soft()
      expect(ok(await add(visitor, second)).backupCodes).toBeNull()
      expect((await ada.visitor.delete(`/v1/account/passkeys/${added.id}`)).status).toBe(404)
      expect((await visitor.delete(`/v1/account/passkeys/${added.id}`)).status).toBe(204)
      await waitForMail(control, made.email, { template: 'factor_removed' })
      expect((await signIn(passkey)).status).toBe(401)
      expect((await signIn(second)).body.next).toBe('done')
      const told = await events(`resource=${added.id}`)
      expect(told.map(({ type }: { type: string }) => type)).toEqual([
        'factor.removed',
        'passkey.renamed',
        'factor.added',
      ])
    })

    it('demands a proof that is fresh', async () => {
      const { visitor } = await signIn(ada.passkey)
      ahead += 11 * MINUTE
      const stale = await visitor.post('/v1/account/passkeys/options', {})
      expect([stale.status, stale.body.code]).toEqual([401, 'STEP_UP_REQUIRED'])
      expect(stale.headers.get('www-authenticate')).toContain('insufficient_user_authentication')
      ada = { ...ada, visitor: (await signIn(ada.passkey)).visitor }
    })

    it('is for people in a session of theirs, not for keys', async () => {
      const { key } = await control.keyWith(['*'])
      const answer = await control.call(key, 'POST', '/v1/account/passkeys/options', {})
      expect([answer.status, answer.body.code]).toEqual([403, 'SESSION_REQUIRED'])
    })

    it('is one of twenty at the most, however many are added at once', async () => {
      const many = await newcomer()
      for (let i = 0; i < 17; i++) ok(await add(many.visitor, soft()))
      const offers = await Promise.all([1, 2, 3, 4].map(() => many.visitor.post('/v1/account/passkeys/options', {})))
      const answers = await Promise.all(
        offers.map(({ body }) =>
          many.visitor.post('/v1/account/passkeys', { name: 'One more', response: soft().create(body) }),
        ),
      )
      expect(answers.map(({ status }) => status).toSorted()).toEqual([201, 201, 409, 409])
      expect((await many.visitor.post('/v1/account/passkeys/options', {})).body.code).toBe('PASSKEY_LIMIT_REACHED')
      expect((await many.visitor.get('/v1/account/passkeys')).body.items).toHaveLength(20)
    })
  })

  describe('a copied one', () => {
    it('is refused and suspended until its owner decides; the record and a mail tell', async () => {
      const person = await newcomer()
      const thief = person.passkey.copy()
      expect((await signIn(person.passkey)).body.next).toBe('done')
      const stolen = await signIn(thief)
      expect([stolen.status, stolen.body.code]).toEqual([401, 'PASSKEY_REFUSED'])
      expect(stolen.visitor.cookies()).toEqual([])

      const [told] = await events(`type=passkey.cloned&resource=${person.passkeyId}`)
      expect(told).toMatchObject({
        outcome: 'denied',
        code: 'PASSKEY_CLONED',
        principal: person.id,
        details: { person: person.id, seen: person.passkey.counter() },
      })
      await waitForMail(control, person.email, { template: 'suspicious_sign_in' })

      // Neither of the two works any more, and nobody is told twice.
      const own = await signIn(person.passkey)
      expect(refusal(own.body)).toEqual(refusal(stolen.body))
      expect(await events(`type=passkey.cloned&resource=${person.passkeyId}`)).toHaveLength(1)
      expect(await mailsTo(control, person.email, { template: 'suspicious_sign_in' })).toHaveLength(1)

      // It still stands for a second factor: a copy is no way to make that go away.
      const visitor = visit()
      const answer = await visitor.post('/v1/auth/login', { email: person.email, password: person.password })
      expect(answer.body).toMatchObject({ next: 'second_factor' })
      const begun = await visitor.post('/v1/auth/mfa/begin', { flow: answer.body.flow, method: 'passkey' })
      expect([begun.status, begun.body.code]).toEqual([409, 'PASSKEY_SUSPENDED'])

      const resumed = ok(await person.visitor.post(`/v1/account/passkeys/${person.passkeyId}/resume`))
      expect(resumed.suspendedAt).toBeNull()
      expect((await signIn(person.passkey)).body.next).toBe('done')
    })

    it('works again when an administrator of its owner says so, and no other', async () => {
      const person = await newcomer()
      const thief = person.passkey.copy()
      await signIn(person.passkey)
      expect((await signIn(thief)).status).toBe(401)
      const path = `/v1/users/${person.id}/passkeys`
      const { key: admin } = await control.keyWith(['*'], { scopes: ['*'] })
      const { key: support } = await control.keyWith(['users:read', 'users:manage'])
      const { key: nobody } = await control.keyWith(['keys:read'])
      const resume = (key: string, id = person.passkeyId) => control.call(key, 'POST', `${path}/${id}/resume`)
      const [listed] = ok(await control.call(support, 'GET', path)).items
      expect(listed).toMatchObject({ id: person.passkeyId, suspendedAt: expect.any(String) })
      expect((await control.call(nobody, 'GET', path)).status).toBe(403)
      expect((await resume(nobody)).status).toBe(403)
      expect((await resume(support)).body.code).toBe('USER_OUTRANKS')
      expect((await resume(admin, ada.passkeyId)).status).toBe(404)
      expect(ok(await resume(admin)).suspendedAt).toBeNull()
      expect((await signIn(person.passkey)).body.next).toBe('done')
      const elsewhere = await makePerson(control, { organization: 'org_passwords' })
      expect((await control.call(admin, 'GET', `/v1/users/${elsewhere.id}/passkeys`)).status).toBe(404)
    })

    it('of two answers with one counter lets one in', async () => {
      const person = await newcomer()
      const copy = person.passkey.copy()
      const answers = await Promise.all([signIn(person.passkey), signIn(copy)])
      expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 401])
      expect(await events(`type=passkey.cloned&resource=${person.passkeyId}`)).toHaveLength(1)
    })

    it('is not made of one by a stranger who knows its id', async () => {
      const person = await newcomer()
      const forged = await signIn(soft(), { id: person.passkey.credentialId(), counter: 0 })
      expect(forged.status).toBe(401)
      const lying = await signIn(person.passkey.copy(), { counter: 0, signature: (bytes) => bytes.subarray(0, 8) })
      expect(lying.status).toBe(401)
      expect((await signIn(person.passkey)).body.next).toBe('done')
    })
  })

  describe('as a second factor', () => {
    it('a touch is enough after the password, and nothing without it', async () => {
      const person = await newcomer()
      const key = soft({ verifies: false })
      const { passkey } = ok(await add(person.visitor, key, {}, 'security_key'))
      expect(passkey).toMatchObject({ kind: 'security_key' })
      const visitor = visit()
      const begun = ok(await visitor.post('/v1/auth/login', { email: person.email, password: person.password }))
      expect(begun).toMatchObject({ next: 'second_factor' })
      expect(begun.methods[0]).toBe('passkey')
      const { flow } = begun
      const options = ok(await visitor.post('/v1/auth/mfa/begin', { flow, method: 'passkey' }))
      expect(options.userVerification).toBe('preferred')
      expect(options.allowCredentials.map(({ id }: { id: string }) => id)).toEqual([
        key.credentialId(),
        person.passkey.credentialId(),
      ])
      const answer = await visitor.post('/v1/auth/mfa', { flow, method: 'passkey', response: key.get(options) })
      expect(answer.body).toMatchObject({ next: 'done', session: { acr: 'aal2' } })
      expect(answer.body.session.amr).toEqual(['pwd', 'hwk', 'user', 'mfa'])
      expect((await signIn(key)).body.code).toBe('PASSKEY_REFUSED')
    })

    it('is refused with an answer to another sign-in', async () => {
      const [one, other] = [visit(), visit()]
      const credentials = { email: ada.email, password: ada.password }
      const { flow } = ok(await one.post('/v1/auth/login', credentials))
      const { flow: second } = ok(await other.post('/v1/auth/login', credentials))
      const options = ok(await one.post('/v1/auth/mfa/begin', { flow, method: 'passkey' }))
      const response = ada.passkey.get(options)
      const wrong = await other.post('/v1/auth/mfa', { flow: second, method: 'passkey', response })
      expect([wrong.status, wrong.body.code]).toEqual([401, 'PASSKEY_REFUSED'])
      expect(ok(await one.post('/v1/auth/mfa', { flow, method: 'passkey', response })).next).toBe('done')
    })

    it('is enrolled on the way in where an organization demands it, and only as the first', async () => {
      const made = await makePerson(control, { organization: 'org_strict' })
      const visitor = visit()
      const { flow, next, methods } = ok(
        await visitor.post('/v1/auth/login', { email: made.email, password: made.password }),
      )
      expect([next, methods.includes('passkey')]).toEqual(['enroll', true])
      const options = ok(await visitor.post('/v1/auth/enroll/passkey/options', { flow }))
      const passkey = soft()
      const response = passkey.create(options)
      const done = ok(await visitor.post('/v1/auth/enroll/passkey', { flow, name: 'First', response }))
      expect(done).toMatchObject({ next: 'done', session: { acr: 'aal3' } })
      expect(done.backupCodes).toHaveLength(10)

      // Who knows the password alone adds none.
      const thief = visit()
      const { flow: theirs, next: asked } = ok(
        await thief.post('/v1/auth/login', { email: made.email, password: made.password }),
      )
      expect(asked).toBe('second_factor')
      const refused = await thief.post('/v1/auth/enroll/passkey/options', { flow: theirs })
      expect(refused.body.code).toBe('STEP_NOT_NEXT')
    })

    it('is no way in where the organization allows passwords alone', async () => {
      const made = await makePerson(control, { organization: 'org_passwords' })
      const visitor = visit()
      ok(await visitor.post('/v1/auth/login', { email: made.email, password: made.password }))
      const passkey = soft()
      ok(await add(visitor, passkey))
      expect((await signIn(passkey)).body.code).toBe('PASSKEY_REFUSED')
    })
  })

  it('of who was disabled is refused', async () => {
    const person = await newcomer()
    await control.serving.system.store.write(async (tx) => {
      await tx
        .tables<{ person: { id: string; enabled: number } }>()
        .updateTable('person')
        .set({ enabled: 0 })
        .where('id', '=', person.id)
        .execute()
    })
    expect((await signIn(person.passkey)).body.code).toBe('PASSKEY_REFUSED')
  })
})

/** A COSE_Key of ES256 with other parts. */
function keyWith(parts: { '-3'?: Buffer }): Buffer {
  const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const cose = coseOf('ES256', publicKey)
  const y = parts['-3']
  return y === undefined ? cose : Buffer.concat([cose.subarray(0, -32), y])
}

function shortRsa(): Buffer {
  return coseOf('RS256', generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey)
}
