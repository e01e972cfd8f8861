import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { systemClock } from '../../src/core/index.ts'
import { backends, type World } from '../support/backends.ts'
import { type Control, openControl } from '../support/control.ts'
import { waitForMail } from '../support/inbox.ts'
import { type Made, makePerson } from '../support/people.ts'
import { eventually } from '../support/sallyport.ts'
import { openVisitor, type Visitor, type VisitorOptions } from '../support/visitor.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE

describe.each(backends)('sessions on $name', ({ open }) => {
  let world: World
  let control: Control
  let later = 0
  let known: Made

  beforeAll(async () => {
    world = await open()
    const clock = { now: () => systemClock.now() + later }
    control = await openControl(world, { issuerHost: '127.0.0.1', clock })
    known = await makePerson(control)
  })
  afterAll(async () => {
    await control.stop()
    await world.close()
  })

  async function signedIn(person: Made = known, options: VisitorOptions = {}): Promise<Visitor> {
    const visitor = openVisitor(control.url, { clock: { now: () => systemClock.now() + later }, ...options })
    const answer = await visitor.post('/v1/auth/login', { email: person.email, password: person.password })
    expect(answer.body.next, JSON.stringify(answer.body)).toBe('done')
    return visitor
  }

  const whoAmI = async (visitor: Visitor) => (await visitor.get('/v1/account/sessions')).status

  it('the cookie is one that no script reads and no other host sets, and the token is kept nowhere', async () => {
    const visitor = await signedIn()
    const cookie = visitor.cookies().find(({ name }) => name === '__Host-sallyport_session')
    expect(cookie).toMatchObject({ httpOnly: true, secure: true, path: '/' })
    expect(cookie?.value.length).toBeGreaterThan(43)
    const { items } = (await visitor.get('/v1/account/sessions')).body
    expect(JSON.stringify(items)).not.toContain(cookie?.value)
  })

  it('of six sessions the oldest has to go', async () => {
    const person = await makePerson(control)
    const visitors: Visitor[] = []
    for (let i = 0; i < 6; i++) visitors.push(await signedIn(person))
    const answers = await Promise.all(visitors.map(whoAmI))
    expect(answers).toEqual([401, 200, 200, 200, 200, 200])
    expect((await (visitors[5] as Visitor).get('/v1/account/sessions')).body.items).toHaveLength(5)
  })

  it('a person ends one session, the others, all', async () => {
    const person = await makePerson(control)
    const [a, b, c] = [await signedIn(person), await signedIn(person), await signedIn(person)]
    const { items } = (await a.get('/v1/account/sessions')).body
    const own = items.find((it: { current: boolean }) => it.current)
    const other = items.find((it: { current: boolean }) => !it.current)
    expect(own.label).toBe('Firefox on Linux')
    expect((await a.delete(`/v1/account/sessions/${other.id}`)).status).toBe(204)
    expect((await a.delete(`/v1/account/sessions/${other.id}`)).status).toBe(404)
    expect((await a.delete('/v1/account/sessions?which=others')).body).toEqual({ ended: 1 })
    expect(await Promise.all([a, b, c].map(whoAmI))).toEqual([200, 401, 401])
    expect((await a.delete('/v1/account/sessions?which=all')).body).toEqual({ ended: 1 })
    expect(await whoAmI(a)).toBe(401)
  })

  it('nobody ends the session of somebody else', async () => {
    const [mine, theirs] = [await signedIn(), await signedIn(await makePerson(control))]
    const { items } = (await theirs.get('/v1/account/sessions')).body
    expect((await mine.delete(`/v1/account/sessions/${items[0].id}`)).status).toBe(404)
    expect(await whoAmI(theirs)).toBe(200)
  })

  it('an hour without use ends it, use keeps it, a day ends it anyway', async () => {
    const person = await makePerson(control)
    const idle = await signedIn(person)
    const used = await signedIn(person)
    try {
      for (later = 50 * MINUTE; later < 24 * HOUR; later += 50 * MINUTE) expect(await whoAmI(used)).toBe(200)
      expect(await whoAmI(idle)).toBe(401)
      later = 24 * HOUR
      expect(await whoAmI(used)).toBe(401)
    } finally {
      later = 0
    }
  })

  it('a page of another site changes nothing with it, whatever it says', async () => {
    const visitor = await signedIn()
    const tries = [
      { origin: 'https://evil.example' },
      { origin: 'null' },
      { origin: null, 'sec-fetch-site': 'cross-site' },
      { origin: null, 'sec-fetch-site': 'same-site' },
      { origin: null, 'sec-fetch-site': null },
      { origin: `${control.url}.evil.example` },
    ]
    for (const headers of tries) {
      const answer = await visitor.delete('/v1/account/sessions?which=all', undefined, headers)
      expect(answer.body.code, JSON.stringify(headers)).toBe('ORIGIN_REFUSED')
    }
    const form = await visitor.post('/v1/account/organization', new URLSearchParams({ organization: 'org_default' }))
    expect(form.status).toBe(415)
    expect(await whoAmI(visitor)).toBe(200)
  })

  it('a page of another site signs nobody in', async () => {
    const { email, password } = known
    const visitor = openVisitor(control.url, { origin: 'https://evil.example' })
    expect((await visitor.post('/v1/auth/login', { email, password })).body.code).toBe('ORIGIN_REFUSED')
  })

  it('a planted token opens nothing, and is not taken over by a sign-in', async () => {
    const planted = `sps_${'A'.repeat(43)}`
    const cookie = { cookie: `__Host-sallyport_session=${planted}` }
    const visitor = openVisitor(control.url)
    const { email, password } = known
    const answer = await visitor.post('/v1/auth/login', { email, password }, cookie)
    expect(answer.body.next).toBe('done')
    expect(answer.headers.get('set-cookie')).not.toContain(planted)
    const attacker = openVisitor(control.url)
    expect((await attacker.get('/v1/account/sessions', undefined, cookie)).body.code).toBe('SESSION_ENDED')
    const twice = { cookie: `__Host-sallyport_session=${planted}; __Host-sallyport_session=${planted}` }
    expect((await attacker.get('/v1/account/sessions', undefined, twice)).status).toBe(401)
  })

  it('another network is recorded, once', async () => {
    const person = await makePerson(control)
    const visitor = await signedIn(person, { address: '127.0.30.1' })
    const moved = visitor.copy({ address: '127.0.31.1' })
    for (let i = 0; i < 3; i++) expect(await whoAmI(moved)).toBe(200)
    const { key } = await control.keyWith(['audit:read'])
    const found = await control.call(key, 'GET', `/v1/audit/events?type=session.network_changed&principal=${person.id}`)
    expect(found.body.items).toHaveLength(1)
  })

  it('devices are listed, and a forgotten one is a stranger', async () => {
    const person = await makePerson(control)
    const visitor = await signedIn(person)
    const { items } = (await visitor.get('/v1/account/devices')).body
    expect(items).toMatchObject([{ current: true, label: 'Firefox on Linux', trustedUntil: null }])
    expect((await visitor.delete(`/v1/account/devices/${items[0].id}`)).status).toBe(204)
    expect((await visitor.delete(`/v1/account/devices/${items[0].id}`)).status).toBe(404)
    expect((await visitor.get('/v1/account/devices')).body.items).toEqual([])
  })

  it('a sign-in from a new browser is told by mail, the first one is not', async () => {
    const person = await makePerson(control)
    await signedIn(person)
    await signedIn(person, { userAgent: 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) Edg/140.0' })
    const mail = await waitForMail(control, person.email, { template: 'new_device' })
    expect(mail.text).toContain('Edge on Windows')
  })

  describe('acting in the name of somebody', () => {
    it('is for who may, with a reason, and both are told; nothing sensitive can be done', async () => {
      const admin = await makePerson(control, { roles: ['super_admin'] })
      const person = await makePerson(control)
      const visitor = await signedIn(admin)
      const url = `/v1/users/${person.id}/impersonate`
      expect((await (await signedIn()).post(url, { reason: 'curious' })).body.code).toBe('PERMISSION_MISSING')
      expect((await visitor.post(url, {})).body.code).toBe('INPUT_INVALID')
      const started = await visitor.post(url, { reason: 'Ticket 4711', minutes: 5 })
      expect(started.body, JSON.stringify(started.body)).toMatchObject({ impersonatedBy: admin.id, current: true })
      expect((await waitForMail(control, person.email, { template: 'impersonated' })).text).toContain('Ticket 4711')
      const again = await visitor.post(`/v1/users/${admin.id}/impersonate`, { reason: 'nested' })
      expect(again.status).toBe(403)
      expect((await visitor.delete('/v1/account/impersonation')).status).toBe(204)
      const { items } = (await visitor.get('/v1/account/sessions')).body
      expect(items.find((it: { current: boolean }) => it.current).impersonatedBy).toBeNull()
    })

    it('ends with the session it came from', async () => {
      const admin = await makePerson(control, { roles: ['super_admin'] })
      const person = await makePerson(control)
      const visitor = await signedIn(admin)
      const elsewhere = await signedIn(admin)
      await visitor.post(`/v1/users/${person.id}/impersonate`, { reason: 'Ticket 4711' })
      expect(await whoAmI(visitor)).toBe(200)
      await elsewhere.delete('/v1/account/sessions?which=others')
      expect(await whoAmI(visitor)).toBe(401)
    })

    it('is no way to more than one has', async () => {
      const helper = await makePerson(control, { roles: ['manager'] })
      const chief = await makePerson(control, { roles: ['super_admin'] })
      const key = await control.keyWith(['users:impersonate'])
      const visitor = await signedIn(helper)
      expect((await visitor.post(`/v1/users/${chief.id}/impersonate`, { reason: 'Ticket 4711' })).status).toBe(403)
      const byKey = await control.call(key.key, 'POST', `/v1/users/${chief.id}/impersonate`, { reason: 'Ticket 4711' })
      expect(byKey.body.code).toBe('SESSION_REQUIRED')
    })
  })
})

describe('where another network demands a fresh sign-in', () => {
  it('a session that is used from one is over, recorded, and over where it was begun too', async () => {
    const world = await (backends[0] as (typeof backends)[number]).open()
    const env = { SALLYPORT_IDENTITY_SESSIONS_ON_NETWORK_CHANGE: 'reauthenticate' }
    const control = await openControl(world, { issuerHost: '127.0.0.1', env })
    const { id, email, password } = await makePerson(control)
    const visitor = openVisitor(control.url, { address: '127.0.30.1' })
    expect((await visitor.post('/v1/auth/login', { email, password })).body.next).toBe('done')
    const near = visitor.copy({ address: '127.0.30.2' })
    expect((await near.get('/v1/account/sessions')).status).toBe(200)
    const far = visitor.copy({ address: '127.0.31.1' })
    expect((await far.get('/v1/account/sessions')).body.code).toBe('SESSION_ENDED')
    expect(await eventually(async () => (await visitor.get('/v1/account/sessions')).status === 401, 5_000)).toBe(true)
    const { key } = await control.keyWith(['audit:read'])
    const ended = await control.call(key, 'GET', `/v1/audit/events?type=session.ended&principal=${id}`)
    expect(ended.body.items).toMatchObject([{ details: { reason: 'another network' } }])
    await control.stop()
    await world.close()
  })
})
