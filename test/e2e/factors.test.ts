import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { newKeyOf } from '../../src/keys/index.ts'
import { operator } from '../../src/server/index.ts'
import { backends, canUse, type World } from '../support/backends.ts'
import { type Control, openControl, type Reply } from '../support/control.ts'
import { mailsTo, waitForMail } from '../support/inbox.ts'
import { totpOf } from '../support/oathtool.ts'
import { type Made, makePerson } from '../support/people.ts'
import { openVisitor, type Visitor } from '../support/visitor.ts'

const STEP = 30_000
const MINUTE = 60_000
const FIFTY = Array.from({ length: 50 })

describe.skipIf(!canUse.oathtool).each(backends)('second factors on $name', ({ open }) => {
  let world: World
  let control: Control
  // Time goes on by itself, and faster where a test says so.
  let ahead = 0
  const clock = { now: () => Date.now() + ahead }

  beforeAll(async () => {
    world = await open()
    control = await openControl(world, {
      issuerHost: '127.0.0.1',
      clock,
      env: { SALLYPORT_NOTICES_SMS_TRANSPORT: 'outbox', SALLYPORT_IDENTITY_SESSIONS_MOST: '20' },
    })
    await organization('org_strict', { requireMfa: true })
    await organization('org_plain', { methods: ['password'] })
  })
  afterAll(async () => {
    await control?.stop()
    await world?.close()
  })

  /** An organization with a policy of its own. */
  const organization = (id: string, policy: object) =>
    control.serving.system.store.write(async (tx) => {
      const columns = { created_at: 0, created_by: 'test', changed_at: 0, changed_by: 'test', version: 1 }
      const row = { id, name: id, name_key: id, enabled: 1, ...columns, rest: JSON.stringify(policy) }
      await tx.tables<{ organization: typeof row }>().insertInto('organization').values(row).execute()
    })

  const visit = () => openVisitor(control.url, { clock })
  const login = async ({ email, password }: Made, visitor: Visitor = visit()) => {
    const answer = await visitor.post('/v1/auth/login', { email, password })
    expect(answer.status, JSON.stringify(answer.body)).toBe(200)
    return { visitor, ...answer.body }
  }
  const codeNow = (key: string, steps = 0) => totpOf(key, { at: new Date(clock.now() + steps * STEP) })

  /** Adds an app to the account of a session. */
  const enrol = async (visitor: Visitor) => {
    const offered = await visitor.post('/v1/account/factors/totp', { name: 'Telephone' })
    expect(offered.status, JSON.stringify(offered.body)).toBe(201)
    const { key, id } = offered.body
    const confirmed = await visitor.post('/v1/account/factors/totp/confirm', { code: codeNow(key) })
    expect(confirmed.status, JSON.stringify(confirmed.body)).toBe(200)
    ahead += 2 * STEP
    return { key: String(key), id: String(id), codes: confirmed.body.backupCodes as string[] }
  }
  const newcomer = async (options: Parameters<typeof makePerson>[1] = {}) => {
    const person = await makePerson(control, options)
    return { person, visitor: (await login(person)).visitor }
  }
  const won = (answers: readonly Reply[]) => answers.filter(({ status }) => status === 200)

  it('an app is added by its first code, told by mail, and asked for from then on; no code works twice', async () => {
    const { person, visitor } = await newcomer()
    const offered = await visitor.post('/v1/account/factors/totp', { name: 'Telephone' })
    expect(offered.body.key).toMatch(/^([A-Z2-7]{4} ){7}[A-Z2-7]{4}$/)
    expect(offered.body.uri).toContain(`secret=${offered.body.key.replaceAll(' ', '')}`)
    expect(offered.body.qr).toMatch(/^<svg /)
    const confirm = (code: string) => visitor.post('/v1/account/factors/totp/confirm', { code })
    expect((await confirm('000000')).body.code).toBe('CODE_WRONG')
    expect((await visitor.get('/v1/account/factors')).body).toMatchObject({ apps: [], backupCodes: 0 })

    const before = visitor.copy()
    const first = codeNow(offered.body.key)
    const added = await confirm(first)
    expect(added.body).toMatchObject({ factor: { kind: 'totp', name: 'Telephone' } })
    expect(new Set(added.body.backupCodes).size).toBe(10)
    expect((await visitor.get('/v1/account/factors')).body).toMatchObject({ apps: [{}], backupCodes: 10 })
    expect((await before.get('/v1/account/factors')).status).toBe(401)
    expect((await waitForMail(control, person.email, { template: 'factor_added' })).text).toContain('authenticator app')

    const { visitor: other, next, methods, flow } = await login(person)
    expect({ next, methods }).toEqual({ next: 'second_factor', methods: ['totp', 'backup_code'] })
    const prove = (code: string, to = flow) => other.post('/v1/auth/mfa', { flow: to, method: 'totp', code })
    expect((await prove(first)).body.code).toBe('CODE_WRONG')
    const following = codeNow(offered.body.key, 1)
    const wide = following.replace(/\d/g, (digit) => String.fromCharCode(digit.charCodeAt(0) + 0xfee0))
    expect((await prove(` ${wide.slice(0, 3)} ${wide.slice(3)}`)).body).toMatchObject({
      next: 'done',
      session: { acr: 'aal2', amr: ['pwd', 'otp', 'mfa'] },
    })
    const again = await login(person)
    for (const code of [following, codeNow(offered.body.key)]) {
      expect((await prove(code, again.flow)).body.code).toBe('CODE_WRONG')
    }
  })

  it('a code is waited for ten minutes, and only for the app that was offered last', async () => {
    const { person, visitor } = await newcomer()
    const one = await visitor.post('/v1/account/factors/totp', {})
    const other = await visitor.post('/v1/account/factors/totp', {})
    const confirm = (key: string) => visitor.post('/v1/account/factors/totp/confirm', { code: codeNow(key) })
    expect((await confirm(one.body.key)).body.code).toBe('CODE_WRONG')
    ahead += 10 * MINUTE + 1000
    expect((await confirm(other.body.key)).body.code).toBe('STEP_UP_REQUIRED')
    const prove = (password: string) => visitor.post('/v1/account/step-up', { method: 'password', password })
    expect((await prove('not this one at all')).body.code).toBe('SIGN_IN_FAILED')
    expect((await prove(person.password)).status).toBe(200)
    expect((await confirm(other.body.key)).body.code).toBe('ENROLMENT_ENDED')
  })

  it('ten wrong codes, and the right one has to wait', async () => {
    const { visitor } = await newcomer()
    const { key } = await enrol(visitor)
    const wrong = String((Number(codeNow(key)) + 1) % 1_000_000).padStart(6, '0')
    const answers: string[] = []
    for (let i = 0; i < 10; i++) {
      answers.push((await visitor.post('/v1/account/step-up', { method: 'totp', code: wrong })).body.code)
    }
    expect(new Set(answers)).toEqual(new Set(['CODE_WRONG']))
    const right = await visitor.post('/v1/account/step-up', { method: 'totp', code: codeNow(key) })
    expect(right.body.code).toBe('SIGN_IN_LIMITED')
    expect(Number(right.headers.get('retry-after'))).toBeGreaterThan(0)
  })

  it('of fifty that redeem one backup code at once one comes in, and its person is told', async () => {
    const { person, visitor } = await newcomer()
    const { codes } = await enrol(visitor)
    const { visitor: other, flow } = await login(person)
    const [code = ''] = codes
    const body = { flow, method: 'backup_code', code: code.toUpperCase().replace('-', ' ') }
    const answers = await Promise.all(FIFTY.map(() => other.copy().post('/v1/auth/mfa', body)))
    expect(won(answers)).toHaveLength(1)
    expect(won(answers)[0]?.body).toMatchObject({ next: 'done', session: { acr: 'aal2' } })
    expect((await visitor.get('/v1/account/factors')).body.backupCodes).toBe(9)
    const mail = await waitForMail(control, person.email, { template: 'backup_code_used' })
    expect(mail.text).toContain('Backup codes left: 9')
  })

  it('new backup codes end the old ones', async () => {
    const { visitor } = await newcomer()
    expect((await visitor.post('/v1/account/backup-codes')).body.code).toBe('FACTOR_UNAVAILABLE')
    const { codes } = await enrol(visitor)
    const made = await visitor.post('/v1/account/backup-codes')
    expect(made.status).toBe(201)
    const prove = (code: string | undefined) => visitor.post('/v1/account/step-up', { method: 'backup_code', code })
    expect((await prove(codes[0])).body.code).toBe('CODE_WRONG')
    expect((await prove(made.body.backupCodes[0])).status).toBe(200)
  })

  it('a code by mail works in the session it was made for, three tries, once, and not twice in half a minute', async () => {
    const { person, visitor } = await newcomer()
    const { visitor: other } = await login(person)
    const begun = await visitor.post('/v1/account/step-up/begin', { method: 'email' })
    expect(begun.body.sentTo).toBe('p…@e…')
    const { code } = await waitForMail(control, person.email, { template: 'sign_in_code' })
    expect((await visitor.post('/v1/account/step-up/begin', { method: 'email' })).body.code).toBe('SIGN_IN_LIMITED')
    const body = { method: 'email', code }
    expect((await other.post('/v1/account/step-up', body)).body.code).toBe('CODE_WRONG')
    const answers = await Promise.all(FIFTY.map(() => visitor.copy().post('/v1/account/step-up', body)))
    expect(won(answers)).toHaveLength(1)
    // Who reads the mailbox could have had the password set anew: with it nothing is proved that a password did not.
    expect(won(answers).map(({ body }) => body.acr)).toEqual(['aal1'])
  })

  it('a code by mail is over after three wrong tries', async () => {
    const { person, visitor } = await newcomer()
    await visitor.post('/v1/account/step-up/begin', { method: 'email' })
    const { code } = await waitForMail(control, person.email, { template: 'sign_in_code' })
    const wrong = code === '111111' ? '222222' : '111111'
    for (const typed of [wrong, wrong, wrong, code]) {
      expect((await visitor.post('/v1/account/step-up', { method: 'email', code: typed })).body.code).toBe('CODE_WRONG')
    }
  })

  it('who has a second factor cannot prove by mail instead', async () => {
    const { person, visitor } = await newcomer()
    await enrol(visitor)
    const { visitor: other, flow } = await login(person)
    const begun = await other.post('/v1/auth/mfa/begin', { flow, method: 'email' })
    expect(begun.body.code).toBe('FACTOR_UNAVAILABLE')
    expect((await visitor.get('/v1/account/factors')).body.stepUp).toEqual(['totp', 'backup_code', 'password'])
  })

  it('a telephone number is confirmed by a code, is a second factor from then on, and can be removed', async () => {
    const { person, visitor } = await newcomer()
    const phone = `+4930${String(Date.now()).slice(-8)}`
    expect((await visitor.post('/v1/account/phone', { phone: '030 123' })).status).toBe(400)
    expect((await visitor.post('/v1/account/phone', { phone })).status).toBe(202)
    const { code, id } = await waitForMail(control, phone)
    const confirm = (number: string) => visitor.post('/v1/account/phone/confirm', { phone: number, code })
    expect((await confirm('+4930999999')).body.code).toBe('CODE_WRONG')
    expect((await confirm(phone)).body.backupCodes).toHaveLength(10)
    expect((await confirm(phone)).body.code).toBe('CODE_WRONG')
    const { visitor: other, next, methods, flow } = await login(person)
    expect({ next, methods }).toEqual({ next: 'second_factor', methods: ['sms', 'backup_code'] })
    const begun = await other.post('/v1/auth/mfa/begin', { flow, method: 'sms' })
    expect(begun.body.sentTo).toBe(`…${phone.slice(-2)}`)
    const text = await waitForMail(control, phone, { after: id })
    const proved = await other.post('/v1/auth/mfa', { flow, method: 'sms', code: text.code })
    expect(proved.body).toMatchObject({ next: 'done', session: { acr: 'aal2', amr: ['pwd', 'sms', 'mfa'] } })
    expect((await visitor.delete('/v1/account/phone')).status).toBe(204)
    expect((await login(person)).next).toBe('done')
  })

  it('an organization that demands a second factor has it enrolled in the sign-in, and keeps the last one', async () => {
    const person = await makePerson(control, { organization: 'org_strict' })
    const { visitor, next, flow } = await login(person)
    expect(next).toBe('enroll')
    expect((await visitor.get('/v1/account/factors')).status).toBe(401)
    const offered = await visitor.post('/v1/auth/enroll/totp', { flow })
    expect(offered.status, JSON.stringify(offered.body)).toBe(201)
    const code = codeNow(offered.body.key)
    const confirm = (typed: string) => visitor.post('/v1/auth/enroll/totp/confirm', { flow, code: typed })
    expect((await confirm('000 000')).body.code).toBe('CODE_WRONG')
    const enrolled = await confirm(code)
    expect(enrolled.body).toMatchObject({ next: 'done', session: { acr: 'aal2' } })
    expect(enrolled.body.backupCodes).toHaveLength(10)
    const removed = await visitor.delete(`/v1/account/factors/${offered.body.id}`)
    expect(removed.body.code).toBe('FACTOR_DEMANDED')
    expect((await visitor.get('/v1/account/factors')).body.apps).toHaveLength(1)
  })

  it('whoever has the password alone adds no app where there is one', async () => {
    const { person, visitor } = await newcomer()
    await enrol(visitor)
    const { visitor: thief, flow } = await login(person)
    expect((await thief.post('/v1/auth/enroll/totp', { flow })).body.code).toBe('STEP_NOT_NEXT')
    const code = '000000'
    expect((await thief.post('/v1/auth/enroll/totp/confirm', { flow, code })).body.code).toBe('STEP_NOT_NEXT')
  })

  it('what is sensitive asks for a fresh proof, and for the second factor of who has one', async () => {
    const { person, visitor } = await newcomer()
    const { key, id } = await enrol(visitor)
    ahead += 11 * MINUTE
    const stale = await visitor.delete(`/v1/account/factors/${id}`)
    expect(stale.body.code).toBe('STEP_UP_REQUIRED')
    expect(stale.headers.get('www-authenticate')).toBe(
      'Session error="insufficient_user_authentication", acr_values="aal2", max_age="600"',
    )
    const thief = visitor.copy()
    const proved = await visitor.post('/v1/account/step-up', { method: 'totp', code: codeNow(key) })
    expect(proved.body).toMatchObject({ current: true, acr: 'aal2' })
    expect((await thief.get('/v1/account/factors')).status).toBe(401)
    expect((await visitor.patch(`/v1/account/factors/${id}`, { name: 'Old one' })).body.name).toBe('Old one')
    expect((await visitor.delete(`/v1/account/factors/${id}`)).status).toBe(204)
    expect((await visitor.delete(`/v1/account/factors/${id}`)).status).toBe(404)
    await waitForMail(control, person.email, { template: 'factor_removed' })
    expect((await visitor.get('/v1/account/factors')).body).toMatchObject({ apps: [], backupCodes: 0 })
    expect((await login(person)).next).toBe('done')
  })

  it('accounts are for people: a key and nobody are refused, and another site too', async () => {
    const { key } = await control.keyWith(['*'])
    expect((await control.call(key, 'GET', '/v1/account/factors')).body.code).toBe('SESSION_REQUIRED')
    expect((await control.call(null, 'GET', '/v1/account/factors')).status).toBe(401)
    const { visitor } = await newcomer()
    const foreign = { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }
    expect((await visitor.post('/v1/account/factors/totp', {}, foreign)).body.code).toBe('ORIGIN_REFUSED')
  })

  describe('a link to sign in', () => {
    const tokenIn = (link: string | null) => new URL(link ?? '').searchParams.get('token')
    const ask = (visitor: Visitor, email: string, more: object = {}) =>
      visitor.post('/v1/auth/magic-link', { email, ...more })

    it('works once, in the browser that asked, however many open it, and shows that the address is theirs', async () => {
      const person = await makePerson(control, { verified: false })
      const visitor = visit()
      expect((await ask(visitor, person.email)).status).toBe(202)
      const { link } = await waitForMail(control, person.email, { template: 'magic_link' })
      expect(link).toContain(`${control.url}/magic?token=`)
      const body = { token: tokenIn(link) }
      const elsewhere = await visit().post('/v1/auth/magic-link/redeem', body)
      expect(elsewhere.body.code).toBe('LINK_ELSEWHERE')
      const answers = await Promise.all(FIFTY.map(() => visitor.copy().post('/v1/auth/magic-link/redeem', body)))
      expect(won(answers)).toHaveLength(1)
      expect(won(answers)[0]?.body).toMatchObject({ next: 'done', session: { acr: 'aal1', amr: ['link'] } })
      expect(won(answers)[0]?.body.person.verifiedAt).not.toBeNull()
      expect(new Set(answers.map(({ body: { code } }) => code))).toEqual(new Set([undefined, 'LINK_ENDED']))
    })

    it('ends when it was opened elsewhere three times, and after ten minutes', async () => {
      const person = await makePerson(control)
      const visitor = visit()
      await ask(visitor, person.email)
      const first = await waitForMail(control, person.email, { template: 'magic_link' })
      const redeem = (from: Visitor, link: string | null) =>
        from.post('/v1/auth/magic-link/redeem', { token: tokenIn(link) })
      for (let i = 0; i < 3; i++) expect((await redeem(visit(), first.link)).body.code).toBe('LINK_ELSEWHERE')
      expect((await redeem(visitor, first.link)).body.code).toBe('LINK_ENDED')
      await ask(visitor, person.email)
      const second = await waitForMail(control, person.email, { template: 'magic_link', after: first.id })
      ahead += 10 * MINUTE
      expect((await redeem(visitor, second.link)).body.code).toBe('LINK_ENDED')
    })

    it('is asked for in one way for every address, three times in an hour', async () => {
      const { email } = await makePerson(control)
      const [known, unknown] = await Promise.all([ask(visit(), email), ask(visit(), 'nobody-at-all@example.com')])
      expect([known.status, unknown.status]).toEqual([202, 202])
      expect(Object.keys(known.body)).toEqual(Object.keys(unknown.body))
      const names = (reply: Reply) => [...reply.headers.keys()].sort()
      expect(names(known)).toEqual(names(unknown))
      await ask(visit(), 'nobody-at-all@example.com')
      await ask(visit(), 'nobody-at-all@example.com')
      expect((await ask(visit(), 'Nobody-at-all@example.com')).body.code).toBe('SIGN_IN_LIMITED')
    })

    it('is not mailed where the organization does not allow it', async () => {
      const { email } = await makePerson(control, { organization: 'org_plain' })
      expect((await ask(visit(), email)).status).toBe(202)
      expect((await ask(visit(), email, { organization: 'org_default' })).status).toBe(202)
      expect(await mailsTo(control, email, { template: 'magic_link' })).toEqual([])
    })

    it('is not the second factor of who has one', async () => {
      const { person, visitor } = await newcomer()
      const { key } = await enrol(visitor)
      const other = visit()
      await ask(other, person.email)
      const { link } = await waitForMail(control, person.email, { template: 'magic_link' })
      const { body } = await other.post('/v1/auth/magic-link/redeem', { token: tokenIn(link) })
      expect(body).toMatchObject({ next: 'second_factor', methods: ['totp', 'backup_code'] })
      const proved = await other.post('/v1/auth/mfa', { flow: body.flow, method: 'totp', code: codeNow(key) })
      expect(proved.body).toMatchObject({ next: 'done', session: { acr: 'aal2' } })
    })
  })

  describe('a key that demands a second factor', () => {
    const keyOf = async (more: object) => {
      const caller = { principal: operator, address: null, userAgent: 'test', requestId: null }
      const wish = { ...newKeyOf({ name: 'test' }), requireMfa: true, permissions: ['access:read'], ...more }
      const made = await control.serving.system.keys.create(wish, caller, null)
      if (!made.ok || made.value.secret === null) throw new Error(JSON.stringify(made))
      return made.value.secret.reveal()
    }
    const use = (key: string, code?: string, at: Pick<Control, 'call'> = control) =>
      at.call(key, 'GET', '/v1/roles', undefined, code === undefined ? {} : { 'x-mfa-code': code })

    it('passes with a code of its owner, then five minutes from that address, on every process', async () => {
      const { person, visitor } = await newcomer({ roles: ['admin'] })
      const { key: secret, codes } = await enrol(visitor)
      const key = await keyOf({ owner: { kind: 'user', id: person.id } })
      expect((await use(key)).body.code).toBe('MFA_REQUIRED')
      expect((await use(key, '000000')).body.code).toBe('MFA_REQUIRED')
      const code = codeNow(secret)
      const answers = await Promise.all(Array.from({ length: 5 }, () => use(key, code)))
      expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200])
      expect((await use(key)).status).toBe(200)
      const elsewhere = openVisitor(control.url, { address: '127.0.0.9' })
      const asked = { 'x-api-key': key, 'x-mfa-code': code }
      expect((await elsewhere.get('/v1/roles', undefined, asked)).body.code).toBe('MFA_REQUIRED')
      const second = await openControl(world, { clock })
      try {
        expect((await use(key, undefined, second)).status).toBe(200)
      } finally {
        await second.stop()
      }
      ahead += 5 * MINUTE
      expect((await use(key)).body.code).toBe('MFA_REQUIRED')
      expect((await use(key, codes[0])).status).toBe(200)
      ahead += 5 * MINUTE
      expect((await use(key, codes[0])).body.code).toBe('MFA_REQUIRED')
    })

    it('is not let through any more once the second factor was removed', async () => {
      const { person, visitor } = await newcomer({ roles: ['admin'] })
      const { id, key: secret } = await enrol(visitor)
      const key = await keyOf({ owner: { kind: 'user', id: person.id } })
      expect((await use(key, codeNow(secret))).status).toBe(200)
      expect((await visitor.delete(`/v1/account/factors/${id}`)).status).toBe(204)
      expect((await use(key)).body.code).toBe('MFA_REQUIRED')
    })

    it('of a service is never let through', async () => {
      expect((await use(await keyOf({}), '123456')).body.code).toBe('MFA_REQUIRED')
    })
  })
})
