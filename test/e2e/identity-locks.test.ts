import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { backends, canUse, type World } from '../support/backends.ts'
import { type Control, openControl } from '../support/control.ts'
import { mailsTo, waitForMail } from '../support/inbox.ts'
import { totpOf } from '../support/oathtool.ts'
import { type Made, makePerson } from '../support/people.ts'
import { openVisitor, type Visitor } from '../support/visitor.ts'

const STEP = 30_000
const WRONG = 'not this one at all'
/** Counts like any other wrong one, and costs no hashing. */
const WRONG_AND_LONG = '界'.repeat(1024)

// Somebody who attacks from the very network that the owner is in, and from others.
describe.skipIf(!canUse.oathtool).each(backends)('an account under attack on $name', ({ open }) => {
  let world: World
  let control: Control
  let ahead = 0
  const clock = { now: () => Date.now() + ahead }

  beforeAll(async () => {
    world = await open()
    const env = { SALLYPORT_IDENTITY_ANSWER_DELAY: '0ms' }
    control = await openControl(world, { issuerHost: '127.0.0.1', clock, env })
  })
  afterAll(async () => {
    await control?.stop()
    await world?.close()
  })

  const from = (address: string) => openVisitor(control.url, { address, clock })
  const login = (visitor: Visitor, { email }: Made, password: string) =>
    visitor.post('/v1/auth/login', { email, password })

  function freshCode(key: string): string {
    ahead += 2 * STEP
    return totpOf(key, { at: new Date(clock.now()) })
  }

  /** The owner, in a browser that was used before, with an app. */
  async function owner(address: string) {
    const person = await makePerson(control)
    const visitor = from(address)
    await login(visitor, person, person.password)
    const { key } = (await visitor.post('/v1/account/factors/totp', {})).body
    const added = await visitor.post('/v1/account/factors/totp/confirm', { code: freshCode(key) })
    expect(added.status, JSON.stringify(added.body)).toBe(200)
    await visitor.post('/v1/auth/logout')
    return { person, visitor, key: String(key) }
  }

  async function comesIn(visitor: Visitor, person: Made, key: string): Promise<void> {
    const { body } = await login(visitor, person, person.password)
    expect(body, JSON.stringify(body)).toMatchObject({ next: 'second_factor', methods: ['totp', 'backup_code'] })
    const proof = { flow: body.flow, method: 'totp', code: freshCode(key) }
    const proved = await visitor.post('/v1/auth/mfa', proof)
    expect(proved.body).toMatchObject({ next: 'done', session: { acr: 'aal2' } })
  }

  it('the fifth wrong password locks the attacker’s network; the owner comes in by their browser and second factor', async () => {
    const { person, visitor, key } = await owner('127.1.10.1')
    const answers: number[] = []
    for (let i = 0; i < 7; i++) answers.push((await login(from(`127.1.10.${50 + i}`), person, WRONG)).status)
    expect(answers).toEqual([401, 401, 401, 401, 401, 429, 429])
    const guessed = await login(from('127.1.10.99'), person, person.password)
    expect(guessed.body.code).toBe('SIGN_IN_LIMITED')
    await waitForMail(control, person.email, { template: 'account_locked' })

    await comesIn(visitor, person, key)
    // That the owner came in opens nothing to the attacker.
    expect((await login(from('127.1.10.50'), person, person.password)).body.code).toBe('SIGN_IN_LIMITED')
    expect(await mailsTo(control, person.email, { template: 'account_locked' })).toHaveLength(1)
  })

  it('from twelve networks the attacker gets no further, and the owner still comes in', async () => {
    const { person, visitor, key } = await owner('127.1.20.1')
    const codes: string[] = []
    for (let network = 0; network < 12; network++) {
      for (let i = 0; i < 5; i++) {
        codes.push((await login(from(`127.2.${network}.1`), person, WRONG_AND_LONG)).body.code)
      }
    }
    const looked = codes.filter((code) => code === 'SIGN_IN_FAILED')
    expect(looked.length).toBeGreaterThan(40)
    expect(looked.length).toBeLessThanOrEqual(51)
    expect(new Set(codes.slice(-8))).toEqual(new Set(['SIGN_IN_LIMITED']))
    await comesIn(visitor, person, key)
  })

  it('a cookie that the attacker made up or has of an account of their own is no way around the lock', async () => {
    const { person } = await owner('127.1.30.1')
    const attacker = from('127.1.31.1')
    const own = await makePerson(control)
    expect((await login(attacker, own, own.password)).body.next).toBe('done')
    const answers: number[] = []
    for (let i = 0; i < 6; i++) answers.push((await login(attacker, person, WRONG)).status)
    expect(answers).toEqual([401, 401, 401, 401, 401, 429])
    const invented = { cookie: `__Host-sallyport_device=spd_${'A'.repeat(43)}` }
    const body = { email: person.email, password: person.password }
    expect((await from('127.1.31.9').post('/v1/auth/login', body, invented)).status).toBe(429)
    const { flow } = (await from('127.1.31.9').post('/v1/auth/login', { email: person.email })).body
    const byFlow = await from('127.1.31.9').post('/v1/auth/login', { flow, password: person.password })
    expect(byFlow.status).toBe(429)
    const spelled = { ...body, email: ` ${person.email.toUpperCase()} ` }
    expect((await from('127.1.31.9').post('/v1/auth/login', spelled)).status).toBe(429)
  })

  it('whoever only begins sign-ins is stopped before the database fills, known account or not', async () => {
    const { email } = await makePerson(control)
    const begin = (i: number) =>
      from('127.1.60.1').post('/v1/auth/login', { email: i % 2 === 0 ? email : `nobody${i}@example.com` })
    const statuses: number[] = []
    for (let i = 0; i < 220; i += 20) {
      const answers = await Promise.all(Array.from({ length: 20 }, (_, j) => begin(i + j)))
      statuses.push(...answers.map(({ status }) => status))
    }
    expect(new Set(statuses)).toEqual(new Set([200, 429]))
    expect(statuses.filter((it) => it === 200).length).toBeLessThanOrEqual(205)
    expect((await from('127.1.61.1').post('/v1/auth/login', { email })).status).toBe(200)
  })

  it('who has the mailbox sets a new password, which lifts the lock', async () => {
    const { person, key } = await owner('127.1.40.1')
    for (let i = 0; i < 5; i++) await login(from('127.1.41.1'), person, WRONG)
    await from('127.1.41.1').post('/v1/auth/password/forgot', { email: person.email })
    const { link } = await waitForMail(control, person.email, { template: 'reset_password' })
    const password = `another ${person.password}`
    const token = new URL(link ?? '').searchParams.get('token')
    expect((await from('127.1.41.1').post('/v1/auth/password/reset', { token, password })).status).toBe(204)
    await comesIn(from('127.1.41.1'), { ...person, password }, key)
  })

  it('an administrator lifts the lock', async () => {
    const { person, key } = await owner('127.1.50.1')
    for (let i = 0; i < 5; i++) await login(from('127.1.51.1'), person, WRONG)
    expect((await login(from('127.1.51.1'), person, person.password)).status).toBe(429)
    const admin = await control.keyWith(['*'], { scopes: ['*'] })
    expect((await control.call(admin.key, 'POST', `/v1/users/${person.id}/unlock`)).status).toBe(200)
    await comesIn(from('127.1.51.1'), person, key)
  })
})
