import { pbkdf2Sync, randomBytes, scryptSync } from 'node:crypto'
import bcrypt from 'bcryptjs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { backends, canUse, type World } from '../support/backends.ts'
import { type Control, openControl } from '../support/control.ts'
import { mailsTo, waitForMail } from '../support/inbox.ts'
import { totpOf } from '../support/oathtool.ts'
import { makePerson } from '../support/people.ts'
import { openVisitor, type Visitor } from '../support/visitor.ts'

const password = () => `correct horse ${randomBytes(8).toString('hex')}`
const tokenIn = (link: string | null) => new URL(link ?? '').searchParams.get('token') ?? ''

const OLD = 'an old password of theirs'
const unpadded = (bytes: Buffer) => bytes.toString('base64').replace(/=+$/, '')
const SALT = Buffer.from('a salt of theirs')
/** As other systems keep them. */
const HASHES = [
  bcrypt.hashSync(OLD, 4),
  `$scrypt$ln=10,r=8,p=1$${unpadded(SALT)}$${unpadded(scryptSync(OLD, SALT, 32, { N: 1024 }))}`,
  `pbkdf2_sha256$2000$${SALT}$${pbkdf2Sync(OLD, SALT, 2000, 32, 'sha256').toString('base64')}`,
]

let last = 1
// Time goes on by itself, and faster where a test says so.
let ahead = 0
const clock = { now: () => Date.now() + ahead }
const stranger = (control: Control): Visitor => openVisitor(control.url, { address: `127.0.2.${++last}`, clock })

describe.each(backends)('passwords on $name', ({ open }) => {
  let world: World
  let control: Control

  beforeAll(async () => {
    world = await open()
    control = await openControl(world, {
      issuerHost: '127.0.0.1',
      clock,
      env: { SALLYPORT_IDENTITY_ANSWER_DELAY: '0ms' },
    })
  })
  afterAll(async () => {
    await control.stop()
    await world.close()
  })

  async function signedIn(who: { email: string; password: string }) {
    const visitor = stranger(control)
    const answer = await visitor.post('/v1/auth/login', { email: who.email, password: who.password })
    expect(answer.body, JSON.stringify(answer.body)).toMatchObject({ next: 'done' })
    return visitor
  }

  async function askedReset(email: string) {
    const [before] = await mailsTo(control, email, { template: 'reset_password' })
    expect((await stranger(control).post('/v1/auth/password/forgot', { email })).status).toBe(202)
    const mail = await waitForMail(control, email, { template: 'reset_password', after: before?.id ?? '' })
    return tokenIn(mail.link)
  }

  describe('a forgotten password', () => {
    it('is replaced by the mailed link, which ends every session and sign-in and opens none', async () => {
      const person = await makePerson(control)
      const before = await signedIn(person)
      const begun = await stranger(control).post('/v1/auth/login', { email: person.email })
      const token = await askedReset(person.email)
      const chosen = password()
      const visitor = stranger(control)
      const reset = await visitor.post('/v1/auth/password/reset', { token, password: chosen })
      expect(reset.status, JSON.stringify(reset.body)).toBe(204)
      expect(visitor.cookies()).toEqual([])
      expect((await before.get('/v1/account')).body.code).toBe('SESSION_ENDED')
      const old = { flow: begun.body.flow, password: person.password }
      expect((await stranger(control).post('/v1/auth/login', old)).status).toBe(401)
      await signedIn({ email: person.email, password: chosen })
      await waitForMail(control, person.email, { template: 'password_changed' })
    })

    it('is asked for alike whether or not the address has an account, and mailed three times an hour', async () => {
      const person = await makePerson(control)
      const ask = (email: string) => stranger(control).post('/v1/auth/password/forgot', { email })
      const known = await ask(person.email)
      const unknown = await ask('nobody@example.com')
      expect([unknown.status, unknown.body]).toEqual([known.status, known.body])
      for (let i = 0; i < 4; i++) expect((await ask(person.email)).status).toBe(202)
      await waitForMail(control, person.email, { template: 'reset_password' })
      expect(await mailsTo(control, person.email, { template: 'reset_password' })).toHaveLength(3)
    })

    it('of many who redeem one link at once one does', async () => {
      const person = await makePerson(control)
      const token = await askedReset(person.email)
      const tries = Array.from({ length: 12 }, async () => {
        const chosen = password()
        const { status } = await stranger(control).post('/v1/auth/password/reset', { token, password: chosen })
        return { status, chosen }
      })
      const won = (await Promise.all(tries)).filter(({ status }) => status === 204)
      expect(won).toHaveLength(1)
      await signedIn({ email: person.email, password: won[0]?.chosen ?? '' })
    })

    it('a password that is not taken leaves the link working', async () => {
      const person = await makePerson(control)
      const token = await askedReset(person.email)
      const weak = await stranger(control).post('/v1/auth/password/reset', { token, password: 'password1234' })
      expect(weak.body.code).toBe('INPUT_INVALID')
      const used = await stranger(control).post('/v1/auth/password/reset', { token, password: person.password })
      expect(used.body.errors[0].message).toContain('used this password before')
      const good = await stranger(control).post('/v1/auth/password/reset', { token, password: password() })
      expect(good.status).toBe(204)
    })

    it('a link to sign in, to verify or that nobody made resets nothing', async () => {
      for (const token of [`spl_${'A'.repeat(43)}`, `spi_${'A'.repeat(43)}`, 'x'.repeat(64)]) {
        const { body } = await stranger(control).post('/v1/auth/password/reset', { token, password: password() })
        expect(body.code).toBe('LINK_ENDED')
      }
    })

    it.skipIf(!canUse.oathtool)('that was reset still takes the second factor, in a trusted browser too', async () => {
      const person = await makePerson(control)
      const browser = await signedIn(person)
      const { key } = (await browser.post('/v1/account/factors/totp', { name: 'phone' })).body
      const code = () => totpOf(key, { at: new Date(clock.now()) })
      expect((await browser.post('/v1/account/factors/totp/confirm', { code: code() })).status).toBe(200)
      ahead += 60_000
      const login = (password: string) => browser.post('/v1/auth/login', { email: person.email, password })
      const { flow } = (await login(person.password)).body
      await browser.post('/v1/auth/mfa', { flow, method: 'totp', code: code(), trustDevice: true })
      expect((await login(person.password)).body).toMatchObject({ next: 'done' })
      const token = await askedReset(person.email)
      const chosen = password()
      await stranger(control).post('/v1/auth/password/reset', { token, password: chosen })
      expect((await login(chosen)).body).toMatchObject({
        next: 'second_factor',
        methods: expect.arrayContaining(['totp']),
      })
    })
  })

  describe('changed in a session', () => {
    it('it goes on with another token, and every other session is over', async () => {
      const person = await makePerson(control)
      const [here, there] = [await signedIn(person), await signedIn(person)]
      const planted = here.copy()
      const chosen = password()
      const wish = { current: person.password, password: chosen }
      expect((await here.post('/v1/auth/password/change', wish)).status).toBe(204)
      expect((await here.get('/v1/account')).status).toBe(200)
      expect((await planted.get('/v1/account')).body.code).toBe('SESSION_ENDED')
      expect((await there.get('/v1/account')).body.code).toBe('SESSION_ENDED')
      await waitForMail(control, person.email, { template: 'password_changed' })
      await signedIn({ email: person.email, password: chosen })
    })

    it('a wrong present one counts like a wrong password, until it is locked', async () => {
      const person = await makePerson(control)
      const visitor = await signedIn(person)
      const codes: string[] = []
      for (let i = 0; i < 6; i++) {
        const wish = { current: 'not this one at all', password: password() }
        codes.push((await visitor.post('/v1/auth/password/change', wish)).body.code)
      }
      expect(codes.slice(0, 5)).toEqual(Array(5).fill('PASSWORD_WRONG'))
      expect(codes[5]).not.toBe('PASSWORD_WRONG')
      const right = { current: person.password, password: password() }
      expect((await visitor.post('/v1/auth/password/change', right)).status).toBe(429)
    })

    it('a key changes nobody’s password, and another site neither', async () => {
      const person = await makePerson(control)
      const visitor = await signedIn(person)
      const wish = { current: person.password, password: password() }
      const from = { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }
      expect((await visitor.post('/v1/auth/password/change', wish, from)).body.code).toBe('ORIGIN_REFUSED')
      const { key } = await control.keyWith(['*'], { scopes: ['*'] })
      const byKey = await control.call(key, 'POST', '/v1/auth/password/change', wish)
      expect(byKey.body.code).toBe('SESSION_REQUIRED')
    })

    it('without the present one nothing is changed', async () => {
      const visitor = await signedIn(await makePerson(control))
      const { body } = await visitor.post('/v1/auth/password/change', { password: password() })
      expect(body).toMatchObject({ code: 'INPUT_INVALID', errors: [{ path: 'current' }] })
    })

    it('who has none sets the first one with a fresh proof alone', async () => {
      const person = await makePerson(control)
      const visitor = await signedIn(person)
      const { store } = control.serving.system
      await store.write((tx) =>
        tx
          .tables<{ password: { person_id: string } }>()
          .deleteFrom('password')
          .where('person_id', '=', person.id)
          .execute(),
      )
      const chosen = password()
      const claimed = await visitor.post('/v1/auth/password/change', { current: person.password, password: chosen })
      expect(claimed.body.code).toBe('PASSWORD_MISSING')
      ahead += 11 * 60_000
      const stale = await visitor.post('/v1/auth/password/change', { password: chosen })
      expect(stale.body.code).toBe('STEP_UP_REQUIRED')
      ahead -= 11 * 60_000
      expect((await visitor.post('/v1/auth/password/change', { password: chosen })).status).toBe(204)
      await signedIn({ email: person.email, password: chosen })
    })

    it('the last five are not taken again', async () => {
      const person = await makePerson(control)
      const visitor = await signedIn(person)
      const next = password()
      await visitor.post('/v1/auth/password/change', { current: person.password, password: next })
      const back = await visitor.post('/v1/auth/password/change', { current: next, password: person.password })
      expect(back.body.code).toBe('INPUT_INVALID')
    })
  })

  describe('of an administrator’s choosing', () => {
    it('a one-time password is changed in the sign-in that it begins', async () => {
      const { key } = await control.keyWith(['*'], { scopes: ['*'] })
      const email = `p${randomBytes(6).toString('hex')}@example.com`
      const wish = { email, verified: true, oneTimePassword: true }
      const made = await control.call(key, 'POST', '/v1/users', wish)
      expect(made.status, JSON.stringify(made.body)).toBe(201)
      const visitor = stranger(control)
      const first = await visitor.post('/v1/auth/login', { email, password: made.body.password })
      expect(first.body).toMatchObject({ next: 'change_password' })
      const { flow } = first.body
      const same = await visitor.post('/v1/auth/password', { flow, password: made.body.password })
      expect(same.body.code).toBe('INPUT_INVALID')
      const chosen = password()
      const done = await visitor.post('/v1/auth/password', { flow, password: chosen })
      expect(done.body).toMatchObject({ next: 'done' })
      expect((await visitor.post('/v1/auth/password', { flow, password: password() })).body.code).toBe('SIGN_IN_ENDED')
      await signedIn({ email, password: chosen })
    })

    it('nobody sets one in a sign-in that waits for something else', async () => {
      const { email } = await makePerson(control)
      const { flow } = (await stranger(control).post('/v1/auth/login', { email })).body
      const { status, body } = await stranger(control).post('/v1/auth/password', { flow, password: password() })
      expect(status).toBe(401)
      expect(body.code).toBe('SIGN_IN_ENDED')
    })
  })

  describe('brought from another system', () => {
    it('a hash that is none is refused with its place, and nobody is brought', async () => {
      const { key } = await control.keyWith(['*'], { scopes: ['*'] })
      const email = `p${randomBytes(6).toString('hex')}@example.com`
      const users = [
        { email, passwordHash: HASHES[0] },
        { email: `x${email}`, passwordHash: 'md5:0123' },
      ]
      const { status, body } = await control.call(key, 'POST', '/v1/users/import', { users })
      expect(status).toBe(400)
      expect(body.errors).toMatchObject([{ path: 'users.1.passwordHash' }])
      const found = await control.call(key, 'GET', `/v1/users?email=${email}`)
      expect(found.body.items).toEqual([])
    })

    it('people come in with their passwords, and their hashes are replaced', async () => {
      const { key } = await control.keyWith(['*'], { scopes: ['*'] })
      const users = HASHES.map((passwordHash) => ({
        email: `p${randomBytes(6).toString('hex')}@example.com`,
        verified: true,
        passwordHash,
      }))
      const brought = await control.call(key, 'POST', '/v1/users/import', { users })
      expect(brought.status, JSON.stringify(brought.body)).toBe(201)
      for (const { email } of users) await signedIn({ email, password: OLD })
      const kept = await control.serving.system.store
        .tables<{ password: { person_id: string; hash: string } }>()
        .selectFrom('password')
        .select('hash')
        .where(
          'person_id',
          'in',
          brought.body.items.map(({ id }: { id: string }) => id),
        )
        .execute()
      expect(kept.map(({ hash }) => hash.split('$')[1])).toEqual(['argon2id', 'argon2id', 'argon2id'])
    })
  })

  describe('judged and made', () => {
    it('a password is judged by what is known of its person, in their language', async () => {
      const ask = (body: object) => stranger(control).post('/v1/auth/password/check', body)
      expect((await ask({ password: password() })).body).toMatchObject({ taken: true, score: 4, faults: [] })
      const own = { password: 'ada lovelace 1815', name: 'Ada Lovelace', email: 'ada@example.com', language: 'de' }
      const { body } = await ask(own)
      expect(body.taken).toBe(false)
      expect(body.faults[0]).toMatchObject({ code: 'PASSWORD_PERSONAL' })
      expect(body.faults[0].sentence).toMatch(/^Dieses Passwort/)
      expect(body.suggestions.length).toBeGreaterThan(0)
    })

    it.each(['🦄'.repeat(12), 'الحصان الصحيح البطارية', '\u0000'.repeat(20), ' '.repeat(40), 'ﬀ'.repeat(300)])(
      'any Unicode is judged: %j',
      async (odd) => {
        const { status, body } = await stranger(control).post('/v1/auth/password/check', { password: odd })
        expect(status).toBe(200)
        expect(typeof body.taken).toBe('boolean')
      },
    )

    it('one address asks only so often', async () => {
      const visitor = stranger(control)
      const answers = await Promise.all(
        Array.from({ length: 70 }, () => visitor.post('/v1/auth/password/generate', { kind: 'characters' })),
      )
      expect(answers.filter(({ status }) => status === 429).length).toBeGreaterThanOrEqual(1)
      expect(answers.filter(({ status }) => status === 200).length).toBeGreaterThanOrEqual(60)
    })

    it.each(['characters', 'words'])('a password of %s is one that would be taken', async (kind) => {
      const visitor = stranger(control)
      const made = await visitor.post('/v1/auth/password/generate', { kind })
      const { body } = await visitor.post('/v1/auth/password/check', { password: made.body.password })
      expect(body.taken, made.body.password).toBe(true)
    })
  })
})
