import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { backends, type World } from '../support/backends.ts'
import { type Control, openControl, type Reply } from '../support/control.ts'
import { waitForMail } from '../support/inbox.ts'
import { type Made, makePerson } from '../support/people.ts'
import { openVisitor, type Visitor } from '../support/visitor.ts'

const HOUR = 3_600_000
const address = () => `p${randomBytes(6).toString('hex')}@example.com`
const tokenIn = (link: string | null) => new URL(link ?? '').searchParams.get('token') ?? ''
const codesOf = (answers: readonly Reply[]) => answers.map(({ status, body }) => body?.code ?? status)

describe.each(backends)('people and their administrators on $name', ({ open }) => {
  let world: World
  let control: Control
  let root: string
  let ahead = 0
  const clock = { now: () => Date.now() + ahead }

  beforeAll(async () => {
    world = await open()
    control = await openControl(world, {
      issuerHost: '127.0.0.1',
      clock,
      env: {
        SALLYPORT_IDENTITY_REGISTRATION: 'open',
        SALLYPORT_IDENTITY_ANSWER_DELAY: '0ms',
        SALLYPORT_IDENTITY_RECOVERY_FOUR_EYES: 'true',
      },
    })
    root = (await control.keyWith(['*'], { scopes: ['*'] })).key
  })
  afterAll(async () => {
    await control.stop()
    await world.close()
  })

  let last = 1
  const stranger = (): Visitor => openVisitor(control.url, { address: `127.0.3.${++last}`, clock })
  const asRoot = (method: string, path: string, body?: unknown, headers?: Record<string, string>) =>
    control.call(root, method, path, body, headers)

  async function signedIn(who: Pick<Made, 'email' | 'password'>) {
    const visitor = stranger()
    const answer = await visitor.post('/v1/auth/login', { email: who.email, password: who.password })
    expect(answer.body, JSON.stringify(answer.body)).toMatchObject({ next: 'done' })
    return visitor
  }
  const admin = async (role = 'admin') => {
    const person = await makePerson(control, { roles: [role] })
    return { person, visitor: await signedIn(person) }
  }
  const login = ({ email, password }: Made) => stranger().post('/v1/auth/login', { email, password })

  it('a person is made once for one Idempotency-Key, and chooses a password by the mailed link', async () => {
    const wish = { email: address(), name: 'Ada Lovelace', roles: ['developer'] }
    const headers = { 'idempotency-key': randomBytes(8).toString('hex') }
    const made = await asRoot('POST', '/v1/users', wish, headers)
    expect(made.status, JSON.stringify(made.body)).toBe(201)
    expect(made.body).toMatchObject({ email: wish.email, verifiedAt: null, roles: ['developer'], password: null })
    const again = await asRoot('POST', '/v1/users', wish, headers)
    expect(again.body.id).toBe(made.body.id)
    expect((await asRoot('POST', '/v1/users', wish)).body.code).toBe('EMAIL_TAKEN')
    const { link } = await waitForMail(control, wish.email, { template: 'invitation' })
    const chosen = `correct horse ${randomBytes(8).toString('hex')}`
    const set = await stranger().post('/v1/auth/password/reset', { token: tokenIn(link), password: chosen })
    expect(set.status).toBe(204)
    const visitor = await signedIn({ email: wish.email, password: chosen })
    expect((await visitor.get('/v1/account')).body.verifiedAt).not.toBeNull()
  })

  it('of twenty who are made at once with one address one is', async () => {
    const email = address()
    const answers = await Promise.all(Array.from({ length: 20 }, () => asRoot('POST', '/v1/users', { email })))
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1)
    expect(new Set(codesOf(answers))).toEqual(new Set([201, 'EMAIL_TAKEN']))
  })

  it('people are found by address, name and state, page by page', async () => {
    const mark = randomBytes(5).toString('hex')
    const ids: string[] = []
    for (const i of [1, 2, 3]) {
      const { body } = await asRoot('POST', '/v1/users', {
        email: `${mark}${i}@example.com`,
        name: `Nora ${mark} ${i}`,
      })
      ids.unshift(body.id)
    }
    const idsOf = ({ body }: Reply) => body.items.map(({ id }: { id: string }) => id)
    const first = await asRoot('GET', `/v1/users?email=${mark.toUpperCase()}&limit=2`)
    expect(idsOf(first)).toEqual(ids.slice(0, 2))
    const rest = await asRoot('GET', `/v1/users?email=${mark}&limit=2&cursor=${first.body.nextCursor}`)
    expect([idsOf(rest), rest.body.nextCursor]).toEqual([ids.slice(2), null])
    expect(idsOf(await asRoot('GET', `/v1/users?name=nora%20${mark}`))).toEqual(ids)
    expect(idsOf(await asRoot('GET', `/v1/users?email=${mark}%25`))).toEqual([])
    await asRoot('POST', `/v1/users/${ids[0]}/disable`)
    expect(idsOf(await asRoot('GET', `/v1/users?email=${mark}&status=disabled`))).toEqual([ids[0]])
    expect(idsOf(await asRoot('GET', `/v1/users?email=${mark}&status=unverified`))).toEqual(ids)
  })

  it('is changed at the version that was read, whichever half of it changed', async () => {
    const { id } = await makePerson(control)
    const read = await asRoot('GET', `/v1/users/${id}`)
    const headers = { 'if-match': read.headers.get('etag') ?? '' }
    const granted = await asRoot('PATCH', `/v1/users/${id}`, { roles: ['analyst'] }, headers)
    expect(granted.body).toMatchObject({ roles: ['analyst'] })
    expect((await asRoot('PATCH', `/v1/users/${id}`, { name: 'Eve' }, headers)).body.code).toBe('VERSION_STALE')
    const renamed = await asRoot('PATCH', `/v1/users/${id}`, { name: 'Ada Byron', language: 'de' })
    expect(renamed.body).toMatchObject({ name: 'Ada Byron', language: 'de', roles: ['analyst'] })
  })

  it('other roles hold at once: the session that had the former ones is over', async () => {
    const { person, visitor } = await admin()
    expect((await visitor.get('/v1/users')).status).toBe(200)
    await asRoot('PATCH', `/v1/users/${person.id}`, { roles: ['user'] })
    expect((await visitor.get('/v1/users')).status).toBe(401)
    const later = await signedIn(person)
    expect((await later.get('/v1/users')).body.code).toBe('PERMISSION_MISSING')
  })

  it('nobody grants what they do not hold, nor to themselves', async () => {
    const { person, visitor } = await admin()
    const other = await makePerson(control)
    const answers = [
      await visitor.patch(`/v1/users/${other.id}`, { roles: ['super_admin'] }),
      await visitor.patch(`/v1/users/${person.id}`, { roles: ['super_admin'] }),
      await visitor.patch(`/v1/users/${other.id}`, { permissions: ['*'] }),
      await visitor.post('/v1/users', { email: address(), roles: ['super_admin'] }),
      await visitor.post('/v1/users/import', { users: [{ email: address(), roles: ['super_admin'] }] }),
    ]
    expect(codesOf(answers)).toEqual(Array(5).fill('ROLE_EXCEEDED'))
    expect((await visitor.patch(`/v1/users/${other.id}`, { roles: ['king'] })).body.code).toBe('INPUT_INVALID')
  })

  it('nobody acts on who holds more than they do', async () => {
    const { visitor } = await admin()
    const { id } = await makePerson(control, { roles: ['super_admin'] })
    const at = `/v1/users/${id}`
    const answers = [
      await visitor.post(`${at}/disable`),
      await visitor.post(`${at}/lock`, {}),
      await visitor.post(`${at}/unlock`),
      await visitor.post(`${at}/password-reset`, { mode: 'one_time' }),
      await visitor.post(`${at}/password-reset`, {}),
      await visitor.delete(`${at}/sessions`),
      await visitor.post(`${at}/recovery`, { reason: 'because' }),
      await visitor.patch(at, { verified: false }),
      await visitor.delete(at),
    ]
    expect(codesOf(answers)).toEqual(Array(9).fill('USER_OUTRANKS'))
    expect((await asRoot('GET', at)).body).toMatchObject({ enabled: true, lockedUntil: null })
  })

  it('a locked person is out everywhere, told so, and comes in again when the time is over or they are unlocked', async () => {
    const person = await makePerson(control)
    const visitor = await signedIn(person)
    const until = new Date(clock.now() + HOUR).toISOString()
    const locked = await asRoot('POST', `/v1/users/${person.id}/lock`, { until })
    expect(locked.body.lockedUntil).toBe(until)
    expect((await visitor.get('/v1/account')).status).toBe(401)
    expect((await login(person)).body.code).toBe('SIGN_IN_FAILED')
    await waitForMail(control, person.email, { template: 'account_disabled' })
    await asRoot('POST', `/v1/users/${person.id}/unlock`)
    await signedIn(person)
    const past = { until: new Date(clock.now() - HOUR).toISOString() }
    expect((await asRoot('POST', `/v1/users/${person.id}/lock`, past)).status).toBe(400)
    await asRoot('POST', `/v1/users/${person.id}/lock`)
    expect((await asRoot('GET', '/v1/users?status=locked')).body.items).toMatchObject([{ id: person.id }])
  })

  it('unlocking lifts the locks of wrong passwords too', async () => {
    const person = await makePerson(control)
    const visitor = stranger()
    const wrong = { email: person.email, password: 'not this one at all' }
    for (let i = 0; i < 6; i++) await visitor.post('/v1/auth/login', wrong)
    const right = { email: person.email, password: person.password }
    expect((await visitor.post('/v1/auth/login', right)).status).not.toBe(200)
    await asRoot('POST', `/v1/users/${person.id}/unlock`)
    expect((await visitor.post('/v1/auth/login', right)).body).toMatchObject({ next: 'done' })
  })

  it('sessions are seen and ended by an administrator', async () => {
    const person = await makePerson(control)
    const visitor = await signedIn(person)
    const seen = await asRoot('GET', `/v1/users/${person.id}/sessions`)
    expect(seen.body.items).toMatchObject([{ label: 'Firefox on Linux', current: false }])
    expect((await asRoot('DELETE', `/v1/users/${person.id}/sessions`)).body).toEqual({ ended: 1 })
    expect((await visitor.get('/v1/account')).status).toBe(401)
  })

  it('a reset by mail leaves the password until it is used; a one-time one ends it at once', async () => {
    const person = await makePerson(control)
    expect((await asRoot('POST', `/v1/users/${person.id}/password-reset`)).body).toEqual({ password: null })
    await waitForMail(control, person.email, { template: 'reset_password' })
    const visitor = await signedIn(person)
    const { body } = await asRoot('POST', `/v1/users/${person.id}/password-reset`, { mode: 'one_time' })
    expect((await visitor.get('/v1/account')).status).toBe(401)
    expect((await login(person)).body.code).toBe('SIGN_IN_FAILED')
    expect((await login({ ...person, password: body.password })).body).toMatchObject({ next: 'change_password' })
  })

  it('an erased person is gone, with a mail, and the address is free', async () => {
    const person = await makePerson(control)
    expect((await asRoot('DELETE', `/v1/users/${person.id}`)).status).toBe(204)
    expect((await asRoot('GET', `/v1/users/${person.id}`)).body.code).toBe('USER_UNKNOWN')
    await waitForMail(control, person.email, { template: 'account_erased' })
    expect((await asRoot('POST', '/v1/users', { email: person.email })).status).toBe(201)
  })

  it('nothing of an erased person is left in any table', async () => {
    const person = await makePerson(control)
    await signedIn(person)
    await asRoot('DELETE', `/v1/users/${person.id}`)
    const { store } = control.serving.system
    // biome-ignore lint/suspicious/noExplicitAny: tables are found at run time
    const db = store.tables<any>()
    const tables = await db.introspection.getTables()
    const theirs = tables.filter(({ columns }) => columns.some(({ name }) => name === 'person_id'))
    expect(theirs.length).toBeGreaterThan(10)
    for (const { name } of theirs) {
      const rows = await db.selectFrom(name).selectAll().where('person_id', '=', person.id).execute()
      expect(rows, name).toEqual([])
    }
  })

  it('who may only read changes nothing, and keys without the permission see nobody', async () => {
    const reader = (await control.keyWith(['users:read'])).key
    const { id } = await makePerson(control)
    expect((await control.call(reader, 'GET', `/v1/users/${id}`)).status).toBe(200)
    for (const path of ['lock', 'disable', 'password-reset', 'recovery']) {
      const answer = await control.call(reader, 'POST', `/v1/users/${id}/${path}`, {})
      expect(answer.body.code, path).toBe('PERMISSION_MISSING')
    }
    const other = (await control.keyWith(['keys:read'])).key
    expect((await control.call(other, 'GET', '/v1/users')).body.code).toBe('PERMISSION_MISSING')
  })

  it('the last who can do everything stays: neither disabled, locked, stripped nor erased', async () => {
    // Those that tests before have made are no administrators any more.
    const all = await asRoot('GET', '/v1/users?limit=100')
    const admins = all.body.items.filter(({ roles }: { roles: string[] }) => roles.includes('super_admin'))
    const { person, visitor } = await admin('super_admin')
    for (const { id } of admins) expect((await asRoot('DELETE', `/v1/users/${id}`)).status).toBe(204)
    const at = `/v1/users/${person.id}`
    const answers = [
      await asRoot('POST', `${at}/disable`),
      await asRoot('POST', `${at}/lock`, {}),
      await asRoot('PATCH', at, { roles: ['user'] }),
      await asRoot('DELETE', at),
      await visitor.delete('/v1/account', { email: person.email }),
    ]
    expect(codesOf(answers)).toEqual(Array(5).fill('LAST_ADMIN'))
    const second = await admin('super_admin')
    const both = await Promise.all([
      asRoot('POST', `${at}/disable`),
      asRoot('POST', `/v1/users/${second.person.id}/disable`),
    ])
    expect(codesOf(both).sort()).toEqual([200, 'LAST_ADMIN'])
  })

  it('what is sensitive asks an administrator again when their proof is old', async () => {
    const { visitor } = await admin()
    const other = await makePerson(control)
    ahead += 11 * 60_000
    const answers = [
      await visitor.patch(`/v1/users/${other.id}`, { roles: ['analyst'] }),
      await visitor.delete(`/v1/users/${other.id}`),
      await visitor.get('/v1/account/export'),
      await visitor.post('/v1/account/email', { email: address() }),
    ]
    expect(codesOf(answers)).toEqual(Array(4).fill('STEP_UP_REQUIRED'))
    expect((await visitor.patch(`/v1/users/${other.id}`, { name: 'Ada Byron' })).status).toBe(200)
  })

  describe('recovery', () => {
    const begin = async (id: string, visitor: Visitor) =>
      visitor.post(`/v1/users/${id}/recovery`, { reason: 'lost their telephone' })

    it('waits, then somebody else finishes it: no factor, no password, no session, and a link by mail', async () => {
      const person = await makePerson(control)
      const session = await signedIn(person)
      const [one, two] = [await admin(), await admin()]
      const begun = await begin(person.id, one.visitor)
      expect(begun.status, JSON.stringify(begun.body)).toBe(201)
      const told = await waitForMail(control, person.email, { template: 'recovery_started' })
      expect(told.link).toContain('/recovery?token=spl_')
      expect((await begin(person.id, two.visitor)).body.code).toBe('RECOVERY_UNDER_WAY')
      const finish = (visitor: Visitor) => visitor.post(`/v1/users/${person.id}/recovery/${begun.body.id}/finish`)
      const early = await finish(two.visitor)
      expect(early.body.code).toBe('RECOVERY_TOO_EARLY')
      expect(Number(early.headers.get('retry-after'))).toBeGreaterThan(86_000)
      expect((await session.get('/v1/account')).status).toBe(200)

      ahead += 24 * HOUR
      const later = [await signedIn(one.person), await signedIn(two.person)] as const
      expect((await finish(later[0])).body.code).toBe('RECOVERY_FOUR_EYES')
      const finished = await Promise.all([finish(later[1]), finish(later[1])])
      expect(codesOf(finished).sort()).toEqual([204, 'RECOVERY_UNKNOWN'])
      expect((await login(person)).body.code).toBe('SIGN_IN_FAILED')
      await waitForMail(control, person.email, { template: 'recovery_done' })
      const { link } = await waitForMail(control, person.email, { template: 'reset_password' })
      const chosen = `correct horse ${randomBytes(8).toString('hex')}`
      await stranger().post('/v1/auth/password/reset', { token: tokenIn(link), password: chosen })
      await signedIn({ email: person.email, password: chosen })
    })

    it('is stopped by the person with the link in the mail, once', async () => {
      const person = await makePerson(control)
      const { visitor } = await admin()
      const begun = await begin(person.id, visitor)
      const { link } = await waitForMail(control, person.email, { template: 'recovery_started' })
      const token = tokenIn(link)
      const tries = await Promise.all(
        Array.from({ length: 20 }, () => stranger().post('/v1/auth/recovery/stop', { token })),
      )
      expect(tries.filter(({ status }) => status === 204)).toHaveLength(1)
      ahead += 24 * HOUR
      const finish = await asRoot('POST', `/v1/users/${person.id}/recovery/${begun.body.id}/finish`)
      expect(finish.body.code).toBe('RECOVERY_UNKNOWN')
      await signedIn(person)
    })

    it('is seen and stopped by an administrator', async () => {
      const { id } = await makePerson(control)
      const at = `/v1/users/${id}/recovery`
      expect((await asRoot('GET', at)).body).toEqual({ recovery: null })
      const { body } = await asRoot('POST', at, { reason: 'a mistake' })
      expect((await asRoot('GET', at)).body.recovery).toMatchObject({ id: body.id, reason: 'a mistake' })
      expect((await asRoot('DELETE', `${at}/${body.id}`)).status).toBe(204)
      expect((await asRoot('GET', at)).body).toEqual({ recovery: null })
    })
  })

  it('a registration that nobody confirms is gone after a week, and its address free', async () => {
    const [email, kept] = [address(), address()]
    const register = (whom: string) =>
      stranger().post('/v1/auth/register', {
        email: whom,
        name: 'Ada',
        password: `correct horse ${randomBytes(8).toString('hex')}`,
      })
    expect((await register(email)).status).toBe(202)
    ahead += 6 * 24 * HOUR
    expect((await register(kept)).status).toBe(202)
    await asRoot('POST', '/v1/users', { email: address() })
    const count = async () => (await asRoot('GET', '/v1/users?status=unverified&limit=100')).body.items.length
    const before = await count()
    ahead += 24 * HOUR + 1
    await control.serving.system.identity.sweep()
    expect(await count()).toBe(before - 1)
    expect((await asRoot('GET', `/v1/users?email=${email}`)).body.items).toEqual([])
    expect((await asRoot('GET', `/v1/users?email=${kept}`)).body.items).toHaveLength(1)
  })
})
