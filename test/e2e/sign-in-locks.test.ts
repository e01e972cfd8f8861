import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { systemClock } from '../../src/core/index.ts'
import { backends, type World } from '../support/backends.ts'
import { type Control, openControl } from '../support/control.ts'
import { mailsTo, waitForMail } from '../support/inbox.ts'
import { makePerson } from '../support/people.ts'
import { openVisitor } from '../support/visitor.ts'

const MINUTE = 60_000
const WRONG = 'not this one at all'

describe.each(backends)('locks around a sign-in on $name', ({ open }) => {
  let world: World
  let control: Control
  let later = 0

  beforeAll(async () => {
    world = await open()
    const clock = { now: () => systemClock.now() + later }
    control = await openControl(world, { issuerHost: '127.0.0.1', clock })
  })
  afterAll(async () => {
    await control.stop()
    await world.close()
  })

  const from = (address: string) => openVisitor(control.url, { address })
  const login = (address: string, email: string, password: string) =>
    from(address).post('/v1/auth/login', { email, password })

  it('the fifth wrong password locks the network it came from, and its owner is told once', async () => {
    const { email, password } = await makePerson(control)
    for (let i = 0; i < 5; i++) expect((await login('127.0.7.1', email, WRONG)).status).toBe(401)
    const locked = await login('127.0.7.2', email, password)
    expect(locked.status).toBe(429)
    expect(locked.body.code).toBe('SIGN_IN_LIMITED')
    expect(Number(locked.headers.get('retry-after'))).toBeGreaterThan(29 * 60)
    expect((await login('127.0.8.1', email, password)).status).toBe(200)
    await waitForMail(control, email, { template: 'account_locked' })
    expect(await mailsTo(control, email, { template: 'account_locked' })).toHaveLength(1)
  })

  it('an address that nobody has is locked alike', async () => {
    const email = `nobody-${world.redisPrefix}@example.com`.replaceAll(':', '')
    for (let i = 0; i < 5; i++) expect((await login('127.0.9.1', email, WRONG)).status).toBe(401)
    const locked = await login('127.0.9.1', email, WRONG)
    expect(locked.body.code).toBe('SIGN_IN_LIMITED')
  })

  it('the owner gets in from a browser they used before, on the very network that is locked', async () => {
    const { email, password } = await makePerson(control)
    const owner = from('127.0.10.1')
    expect((await owner.post('/v1/auth/login', { email, password })).body.next).toBe('done')
    for (let i = 0; i < 5; i++) await login('127.0.10.9', email, WRONG)
    expect((await login('127.0.10.9', email, password)).status).toBe(429)
    expect((await owner.post('/v1/auth/login', { email, password })).status).toBe(200)
  })

  it('of thirty guesses at once no more than five are looked at', async () => {
    const { email } = await makePerson(control)
    const answers = await Promise.all(Array.from({ length: 30 }, () => login('127.0.11.1', email, WRONG)))
    const codes = answers.map(({ body }) => body.code)
    expect(codes.filter((code) => code === 'SIGN_IN_FAILED').length).toBeLessThanOrEqual(5)
    expect(codes.filter((code) => code === 'SIGN_IN_LIMITED').length).toBeGreaterThanOrEqual(25)
  })

  it('a right password takes earlier failures away, and half an hour a lock', async () => {
    const { email, password } = await makePerson(control)
    for (let i = 0; i < 4; i++) await login('127.0.12.1', email, WRONG)
    expect((await login('127.0.12.1', email, password)).status).toBe(200)
    for (let i = 0; i < 4; i++) expect((await login('127.0.12.1', email, WRONG)).status).toBe(401)
    expect((await login('127.0.12.1', email, WRONG)).status).toBe(401)
    expect((await login('127.0.12.1', email, password)).status).toBe(429)
    later += 31 * MINUTE
    try {
      expect((await login('127.0.12.1', email, password)).status).toBe(200)
    } finally {
      later = 0
    }
  })
})
