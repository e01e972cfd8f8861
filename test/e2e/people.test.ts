import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { backends, type World } from '../support/backends.ts'
import { type Control, openControl } from '../support/control.ts'
import { mailsTo, waitForMail } from '../support/inbox.ts'
import { makePerson } from '../support/people.ts'
import { openVisitor, type Visitor } from '../support/visitor.ts'

const address = () => `p${randomBytes(6).toString('hex')}@example.com`
const password = () => `correct horse ${randomBytes(8).toString('hex')}`
const tokenIn = (link: string | null) => new URL(link ?? '').searchParams.get('token') ?? ''

let last = 1
/** Each from an address of its own: three may register from one in an hour. */
const stranger = (control: Control): Visitor => openVisitor(control.url, { address: `127.0.1.${++last}` })

describe.each(backends)('people on $name', ({ open }) => {
  let world: World
  let control: Control

  beforeAll(async () => {
    world = await open()
    control = await openControl(world, {
      issuerHost: '127.0.0.1',
      env: { SALLYPORT_IDENTITY_REGISTRATION: 'open', SALLYPORT_IDENTITY_ANSWER_DELAY: '0ms' },
    })
  })
  afterAll(async () => {
    await control.stop()
    await world.close()
  })

  const register = async (wish: object, visitor = stranger(control)) => visitor.post('/v1/auth/register', wish)

  async function registered() {
    const wish = { email: address(), name: 'Ada Lovelace', password: password() }
    expect((await register(wish)).status).toBe(202)
    const mail = await waitForMail(control, wish.email, { template: 'verify_email' })
    return { ...wish, token: tokenIn(mail.link) }
  }

  async function signedIn(who: { email: string; password: string }) {
    const visitor = stranger(control)
    const answer = await visitor.post('/v1/auth/login', { email: who.email, password: who.password })
    expect(answer.body, JSON.stringify(answer.body)).toMatchObject({ next: 'done' })
    return visitor
  }

  describe('registering', () => {
    it('somebody registers, verifies by the mailed link, and the sign-in that waited goes on', async () => {
      const { token, ...who } = await registered()
      const visitor = stranger(control)
      const waits = await visitor.post('/v1/auth/login', { email: who.email, password: who.password })
      expect(waits.body).toMatchObject({ next: 'verify_email' })
      expect((await visitor.post('/v1/auth/verify', { token })).status).toBe(204)
      expect((await visitor.post('/v1/auth/resume', { flow: waits.body.flow })).body).toMatchObject({ next: 'done' })
      expect((await visitor.get('/v1/account')).body).toMatchObject({ email: who.email, name: 'Ada Lovelace' })
    })

    it('an address that has an account is answered like a new one, and its owner told once an hour', async () => {
      const { email } = await makePerson(control)
      const fresh = await register({ email: address(), name: 'Eve', password: password() })
      const taken = await register({ email: email.toUpperCase(), name: 'Eve', password: password() })
      const again = await register({ email, name: 'Eve', password: password() })
      expect([taken.status, taken.body]).toEqual([fresh.status, fresh.body])
      expect([again.status, again.body]).toEqual([fresh.status, fresh.body])
      await waitForMail(control, email, { template: 'already_registered' })
      expect(await mailsTo(control, email)).toHaveLength(1)
    })

    it('of fifty who redeem one link at once one does', async () => {
      const { token } = await registered()
      const visitors = Array.from({ length: 50 }, () => stranger(control))
      const answers = await Promise.all(visitors.map((it) => it.post('/v1/auth/verify', { token })))
      expect(answers.filter(({ status }) => status === 204)).toHaveLength(1)
      expect(new Set(answers.filter(({ status }) => status !== 204).map(({ body }) => body.code))).toEqual(
        new Set(['LINK_ENDED']),
      )
    })

    it('a password that somebody chose for an address before its owner opens nothing once the owner verified', async () => {
      const email = address()
      const [theirs, mine] = [password(), password()]
      const attacker = stranger(control)
      await register({ email, name: 'Eve', password: theirs }, attacker)
      const first = await waitForMail(control, email, { template: 'verify_email' })
      const waits = await attacker.post('/v1/auth/login', { email, password: theirs })
      expect(waits.body).toMatchObject({ next: 'verify_email' })
      await register({ email, name: 'Ada', password: mine })
      const second = await waitForMail(control, email, { template: 'verify_email', after: first.id })
      expect((await stranger(control).post('/v1/auth/verify', { token: tokenIn(second.link) })).status).toBe(204)

      expect((await attacker.post('/v1/auth/resume', { flow: waits.body.flow })).body.code).toBe('SIGN_IN_ENDED')
      expect((await attacker.post('/v1/auth/login', { email, password: theirs })).body.code).toBe('SIGN_IN_FAILED')
      expect((await attacker.post('/v1/auth/verify', { token: tokenIn(first.link) })).body.code).toBe('LINK_ENDED')
      const owner = await signedIn({ email, password: mine })
      expect((await owner.get('/v1/account')).body.name).toBe('Ada')
    })

    it('whoever registers again after the owner has not chosen for the owner either', async () => {
      const email = address()
      const [mine, theirs] = [password(), password()]
      await register({ email, name: 'Ada', password: mine })
      const first = await waitForMail(control, email, { template: 'verify_email' })
      await register({ email, name: 'Eve', password: theirs })
      await waitForMail(control, email, { template: 'verify_email', after: first.id })
      await stranger(control).post('/v1/auth/verify', { token: tokenIn(first.link) })
      await signedIn({ email, password: mine })
      const wrong = await stranger(control).post('/v1/auth/login', { email, password: theirs })
      expect(wrong.body.code).toBe('SIGN_IN_FAILED')
    })

    it('a weak password is refused with sentences in the language that was asked for', async () => {
      const wish = { email: address(), name: 'Ada', password: 'kurz', language: 'de' }
      const { status, body } = await register(wish)
      expect(status).toBe(400)
      expect(body.code).toBe('INPUT_INVALID')
      expect(body.errors[0]).toEqual({ path: 'password', message: 'Verwenden Sie mindestens 12 Zeichen.' })
    })

    it.each([
      ['a megabyte', 'x'.repeat(1_100_000), 413],
      ['a thousand characters too many', 'x'.repeat(2000), 400],
      ['half a character', 'correct horse \ud800 battery', 400],
      ['nothing', '', 400],
    ])('a password of %s is refused', async (_what, bad, status) => {
      const wish = { email: address(), name: 'Ada', password: bad }
      expect((await register(wish)).status).toBe(status)
    })

    it.each(['ada', 'ada@', '@example.com', 'a\u0131da@example.com', 'ada@example.com\r\nBcc: eve@example.com'])(
      'the address %j is refused',
      async (email) => expect((await register({ email, name: 'Ada', password: password() })).status).toBe(400),
    )

    it('a domain in another script is kept and shown as the network knows it', async () => {
      const local = randomBytes(4).toString('hex')
      const chosen = password()
      await register({ email: `${local}@еxample.com`, name: 'Ada', password: chosen })
      const { link } = await waitForMail(control, `${local}@xn--xample-2of.com`)
      await stranger(control).post('/v1/auth/verify', { token: tokenIn(link) })
      const visitor = await signedIn({ email: `${local}@ЕXAMPLE.com`, password: chosen })
      expect((await visitor.get('/v1/account')).body.email).toBe(`${local}@xn--xample-2of.com`)
    })

    it('mailed links lead to the configured address whatever host a request names', async () => {
      const email = address()
      const wish = { email, name: 'Ada', password: password() }
      const visitor = stranger(control)
      const answer = await visitor.post('/v1/auth/register', wish, {
        host: 'evil.example',
        'x-forwarded-host': 'evil.example',
        forwarded: 'host=evil.example',
      })
      expect(answer.status).toBe(202)
      const { link, text } = await waitForMail(control, email)
      expect(link?.startsWith(`${control.url}/verify?token=spl_`)).toBe(true)
      expect(text).not.toContain('evil.example')
    })

    it('nothing takes an address to go on to', async () => {
      const wish = { email: address(), name: 'Ada', password: password(), return_to: 'https://evil.example' }
      expect((await register(wish)).body.errors).toMatchObject([{ path: 'return_to' }])
    })

    it('a fourth registration from one address within an hour waits', async () => {
      const visitor = stranger(control)
      const wish = () => ({ email: address(), name: 'Ada', password: password() })
      for (let i = 0; i < 3; i++) expect((await register(wish(), visitor)).status).toBe(202)
      const { status, headers } = await register(wish(), visitor)
      expect(status).toBe(429)
      expect(Number(headers.get('retry-after'))).toBeGreaterThan(0)
    })

    it('another site registers nobody', async () => {
      const wish = { email: address(), name: 'Ada', password: password() }
      const from = { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }
      expect((await stranger(control).post('/v1/auth/register', wish, from)).body.code).toBe('ORIGIN_REFUSED')
    })

    it('the link is mailed again to who waits for it, and to nobody else', async () => {
      const { email } = await registered()
      const [first] = await mailsTo(control, email)
      const known = await makePerson(control)
      const ask = (whom: string) => stranger(control).post('/v1/auth/verify/resend', { email: whom })
      const answers = [await ask(email), await ask(known.email), await ask(address())]
      expect(new Set(answers.map(({ status, body }) => JSON.stringify([status, body]))).size).toBe(1)
      const second = await waitForMail(control, email, { after: first?.id ?? '' })
      expect((await stranger(control).post('/v1/auth/verify', { token: tokenIn(second.link) })).status).toBe(204)
      expect(await mailsTo(control, known.email)).toHaveLength(0)
    })
  })

  describe('an account', () => {
    it('its person changes name and language, at the version that was read', async () => {
      const visitor = await signedIn(await makePerson(control))
      const read = await visitor.get('/v1/account')
      const etag = read.headers.get('etag') ?? ''
      const changed = await visitor.patch('/v1/account', { name: 'Ada Byron', language: 'de' }, { 'if-match': etag })
      expect(changed.body).toMatchObject({ name: 'Ada Byron', language: 'de' })
      const stale = await visitor.patch('/v1/account', { name: 'Eve' }, { 'if-match': etag })
      expect(stale.body.code).toBe('VERSION_STALE')
      expect((await visitor.patch('/v1/account', { enabled: false })).status).toBe(400)
    })

    it('a key has no account', async () => {
      const { key } = await control.keyWith(['*'])
      expect((await control.call(key, 'GET', '/v1/account')).body.code).toBe('SESSION_REQUIRED')
    })

    it('another address counts once its link was followed; the former is told', async () => {
      const person = await makePerson(control)
      const visitor = await signedIn(person)
      const email = address()
      expect((await visitor.post('/v1/account/email', { email })).status).toBe(202)
      const { link } = await waitForMail(control, email, { template: 'email_change_confirm' })
      expect((await visitor.get('/v1/account')).body.email).toBe(person.email)
      const token = tokenIn(link)
      const tries = await Promise.all(
        Array.from({ length: 10 }, () => stranger(control).post('/v1/auth/email/confirm', { token })),
      )
      expect(tries.filter(({ status }) => status === 204)).toHaveLength(1)
      const told = await waitForMail(control, person.email, { template: 'email_changed' })
      expect(told.text).toContain(email)
      await signedIn({ email, password: person.password })
    })

    it('an address that somebody has is asked for like a free one, and stays theirs', async () => {
      const [ada, eve] = [await makePerson(control), await makePerson(control)]
      const visitor = await signedIn(eve)
      const free = await visitor.post('/v1/account/email', { email: address() })
      const taken = await visitor.post('/v1/account/email', { email: ada.email })
      expect([taken.status, taken.body]).toEqual([free.status, free.body])
      await waitForMail(control, ada.email, { template: 'already_registered' })
      expect(await mailsTo(control, ada.email, { template: 'email_change_confirm' })).toHaveLength(0)
    })

    it('a link to the former mailbox opens nothing after the address changed', async () => {
      const person = await makePerson(control)
      const visitor = await signedIn(person)
      await stranger(control).post('/v1/auth/password/forgot', { email: person.email })
      const reset = await waitForMail(control, person.email, { template: 'reset_password' })
      const email = address()
      await visitor.post('/v1/account/email', { email })
      const { link } = await waitForMail(control, email)
      await visitor.post('/v1/auth/email/confirm', { token: tokenIn(link) })
      const used = { token: tokenIn(reset.link), password: password() }
      expect((await stranger(control).post('/v1/auth/password/reset', used)).body.code).toBe('LINK_ENDED')
    })

    it('its person takes along everything that is kept, and nothing that lets somebody in', async () => {
      const person = await makePerson(control)
      const visitor = await signedIn(person)
      const { status, body } = await visitor.get('/v1/account/export')
      expect(status).toBe(200)
      expect(body).toMatchObject({
        person: { id: person.id, email: person.email },
        memberships: [{ organization: 'org_default', roles: ['user'] }],
        sessions: [{ current: true }],
        devices: [{ name: 'Firefox on Linux' }],
        factors: [],
        passkeys: [],
        keys: [],
      })
      expect(body.events.map(({ type }: { type: string }) => type)).toContain('session.started')
      expect(JSON.stringify(body)).not.toMatch(/argon2|sps_|spd_|digest/)
    })

    it('its person sees what they did, in pages', async () => {
      const visitor = await signedIn(await makePerson(control))
      await visitor.patch('/v1/account', { name: 'Ada Byron' })
      const first = await visitor.get('/v1/account/activity?limit=1')
      expect(first.body.items).toMatchObject([{ type: 'user.changed', outcome: 'success' }])
      const rest = await visitor.get(`/v1/account/activity?cursor=${first.body.nextCursor}`)
      expect(rest.body.items.map(({ type }: { type: string }) => type)).toContain('session.started')
    })

    it('is not erased with another address typed', async () => {
      const visitor = await signedIn(await makePerson(control))
      expect((await visitor.delete('/v1/account', { email: address() })).status).toBe(400)
      expect((await visitor.get('/v1/account')).status).toBe(200)
    })

    it('is erased when its person typed the address: signed out, keys revoked, the address free again', async () => {
      const person = await makePerson(control)
      const visitor = await signedIn(person)
      const made = await visitor.post('/v1/keys', { name: 'mine', permissions: ['keys:read'] })
      expect(made.status, JSON.stringify(made.body)).toBe(201)
      expect((await control.call(made.body.key, 'GET', '/v1/keys')).status).toBe(200)
      expect((await visitor.delete('/v1/account', { email: person.email })).status).toBe(204)
      expect((await visitor.get('/v1/account')).status).toBe(401)
      expect((await control.call(made.body.key, 'GET', '/v1/keys')).status).toBe(401)
      await waitForMail(control, person.email, { template: 'account_erased' })
      const failed = await visitor.post('/v1/auth/login', { email: person.email, password: person.password })
      expect(failed.body.code).toBe('SIGN_IN_FAILED')
      const { key } = await control.keyWith(['audit:read'])
      const found = await control.call(key, 'GET', `/v1/audit/events?type=user.erased&resource=${person.id}`)
      expect(found.body.items).toHaveLength(1)
      expect(JSON.stringify(found.body.items)).not.toContain(person.email)
    })
  })
})

describe('registering where not everybody may', () => {
  let world: World
  beforeAll(async () => {
    world = await (backends[0] as (typeof backends)[number]).open()
  })
  afterAll(() => world.close())

  it.each([
    ['closed', 'REGISTRATION_CLOSED'],
    ['invited', 'INVITATION_NEEDED'],
  ])('where it is %s nobody registers, whatever the address', async (registration, code) => {
    const control = await openControl(world, {
      issuerHost: '127.0.0.1',
      env: { SALLYPORT_IDENTITY_REGISTRATION: registration },
    })
    try {
      const visitor = openVisitor(control.url)
      const wish = { email: address(), name: 'Ada', password: password() }
      expect((await visitor.post('/v1/auth/register', wish)).body.code).toBe(code)
      const made = { ...wish, invitation: `spi_${'A'.repeat(43)}` }
      expect((await visitor.post('/v1/auth/register', made)).body.code).toBe(code)
    } finally {
      await control.stop()
    }
  })
})
