import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { systemClock } from '../../src/core/index.ts'
import { backends, type World } from '../support/backends.ts'
import { type Control, openControl } from '../support/control.ts'
import { waitForMail } from '../support/inbox.ts'
import { type Made, makePerson } from '../support/people.ts'
import { openVisitor, type Visitor } from '../support/visitor.ts'

const MINUTE = 60_000
const [small] = backends

describe.skipIf(small === undefined)('the keys that a signed-in person makes', () => {
  let world: World
  let control: Control
  let later = 0

  beforeAll(async () => {
    world = await (small as (typeof backends)[number]).open()
    const clock = { now: () => systemClock.now() + later }
    control = await openControl(world, { issuerHost: '127.0.0.1', clock })
  })
  afterAll(async () => {
    await control?.stop()
    await world?.close()
  })

  async function signedIn(person: Made): Promise<Visitor> {
    const visitor = openVisitor(control.url, { clock: { now: () => systemClock.now() + later } })
    const answer = await visitor.post('/v1/auth/login', { email: person.email, password: person.password })
    expect(answer.body, JSON.stringify(answer.body)).toMatchObject({ next: 'done', person: { signIns: 1 } })
    expect(answer.body.person.lastSignInAt).not.toBeNull()
    return visitor
  }

  it('are theirs, live while they may come in, and carry no more than they hold', async () => {
    const person = await makePerson(control, { roles: ['developer'] })
    const visitor = await signedIn(person)
    const made = await visitor.post('/v1/keys', {
      name: 'mine',
      owner: { kind: 'user', id: person.id },
      scopes: ['read'],
    })
    expect(made.status, JSON.stringify(made.body)).toBe(201)
    const more = await visitor.post('/v1/keys', {
      name: 'more',
      owner: { kind: 'user', id: person.id },
      scopes: ['orders:all'],
    })
    expect(more.body.code).toBe('GRANT_EXCEEDED')
    expect((await control.call(made.body.key, 'GET', '/v1/keys')).status).not.toBe(401)
    const { key } = await control.keyWith(['*'], { scopes: ['*'] })
    expect((await control.call(key, 'POST', `/v1/users/${person.id}/disable`)).status).toBeLessThan(300)
    expect((await control.call(made.body.key, 'GET', '/v1/keys')).body.code).toBe('KEY_INACTIVE')
  })

  it('that are CRITICAL need a fresh proof', async () => {
    const person = await makePerson(control, { roles: ['super_admin'] })
    const visitor = await signedIn(person)
    const wish = { name: 'critical', owner: { kind: 'user', id: person.id }, classification: 'CRITICAL' }
    later = 11 * MINUTE
    try {
      const stale = await visitor.post('/v1/keys', wish)
      expect(stale.status).toBe(401)
      expect(stale.body.code).toBe('STEP_UP_REQUIRED')
      expect(stale.headers.get('www-authenticate')).toContain('insufficient_user_authentication')
      expect((await visitor.post('/v1/keys', { ...wish, name: 'low', classification: 'LOW' })).status).toBe(201)
      await visitor.post('/v1/account/step-up', { method: 'password', password: person.password })
      expect((await visitor.post('/v1/keys', wish)).status).toBe(201)
    } finally {
      later = 0
    }
  })

  it('that leaked are told to them by mail', async () => {
    const person = await makePerson(control)
    const visitor = await signedIn(person)
    const made = await visitor.post('/v1/keys', { name: 'leaky', owner: { kind: 'user', id: person.id } })
    expect(made.status, JSON.stringify(made.body)).toBe(201)
    const { key } = await control.keyWith(['keys:report'])
    await control.call(key, 'POST', '/v1/keys/leaked', { key: made.body.key, where: 'a paste' })
    const mail = await waitForMail(control, person.email, { template: 'key_leaked' })
    expect(mail.text).toContain('a paste')
    expect(mail.text).toContain('Ada Lovelace')
  })
})
