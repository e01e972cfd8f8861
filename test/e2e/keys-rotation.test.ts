import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { backends, type World } from '../support/backends.ts'
import { type Control, openControl } from '../support/control.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR

describe.each(backends)('rotating keys by hand on $name', ({ open }) => {
  let world: World
  let control: Control
  let admin: string
  let now = Date.now()
  const later = (ms: number) => {
    now += ms
  }

  beforeAll(async () => {
    world = await open()
    control = await openControl(world, { clock: { now: () => now } })
    admin = (await control.keyWith(['*'])).key
  })

  afterAll(async () => {
    await control?.stop()
    await world?.close()
  })

  const post = (path: string, body?: object, key = admin, headers = {}) =>
    control.call(key, 'POST', path, body, headers)
  const get = async (path: string, key = admin) => (await control.call(key, 'GET', path)).body
  const make = async (body: object = {}) => {
    const service = await post('/v1/services', { name: `service ${Math.random()}` })
    const owner = { kind: 'service', id: service.body.id }
    const made = await post('/v1/keys', { name: 'made', owner, ...body })
    expect(made.status, JSON.stringify(made.body)).toBe(201)
    return made.body
  }
  const verify = async (key: string, ip?: string) =>
    (await post('/v1/keys/verify', { key, ...(ip === undefined ? {} : { ip }) })).body.code
  const rotate = (id: string, body: object = {}, key = admin) => post(`/v1/keys/${id}/rotate`, body, key)
  const events = async (query: string) => (await get(`/v1/audit/events?${query}`)).items

  it('lets the old key work for the grace that was asked for, and then no more', async () => {
    const { id, key } = await make({ scopes: ['a'], tags: ['t'], metadata: { team: 'x' } })
    const made = await rotate(id, { graceSeconds: 3600 })
    expect(made.status).toBe(201)
    expect(made.body).toMatchObject({ rotatedFrom: id, scopes: ['a'], tags: ['t'], metadata: { team: 'x' } })
    expect((await get(`/v1/keys/${id}`)).rotatedTo).toBe(made.body.id)
    later(HOUR - 1)
    expect(await verify(key)).toBe('VALID')
    later(1)
    expect(await verify(key)).toBe('KEY_EXPIRED')
    expect(await verify(made.body.key)).toBe('VALID')
  })

  it('gives a day of grace unless told otherwise, and never more than the old key had left', async () => {
    const usual = await make()
    await rotate(usual.id)
    expect((await get(`/v1/keys/${usual.id}/rotation`)).graceEndsAt).toBe(new Date(now + DAY).toISOString())
    const short = await make({ expiresAt: new Date(now + HOUR).toISOString() })
    await rotate(short.id)
    expect((await get(`/v1/keys/${short.id}/rotation`)).graceEndsAt).toBe(short.expiresAt)
  })

  it.each([-1, 2_592_001, 0.5, '3600', null])('refuses a grace of %j seconds', async (graceSeconds) => {
    const { id } = await make()
    const answer = await rotate(id, { graceSeconds })
    expect(answer.status).toBe(400)
    expect((await get(`/v1/keys/${id}`)).rotatedTo).toBeNull()
  })

  it('keeps a key that was switched off switched off', async () => {
    const { id } = await make()
    await control.call(admin, 'PATCH', `/v1/keys/${id}`, { status: 'inactive' })
    const made = await rotate(id)
    expect(made.body.status).toBe('inactive')
  })

  it('of fifty rotations at once makes one key', async () => {
    const { id } = await make()
    const answers = await Promise.all(Array.from({ length: 50 }, () => rotate(id)))
    expect(answers.map(({ status }) => status).sort()).toEqual([201, ...Array(49).fill(409)])
    expect((await get(`/v1/keys/${id}/rotation`)).history).toHaveLength(1)
  })

  it('is not done to a key that is revoked, expired, suspended or replaced', async () => {
    const revoked = await make()
    await control.call(admin, 'DELETE', `/v1/keys/${revoked.id}`)
    const expired = await make({ expiresAt: new Date(now + 1000).toISOString() })
    const suspended = await make()
    await post(`/v1/keys/${suspended.id}/suspend`)
    const replaced = await make()
    await rotate(replaced.id)
    later(1000)
    for (const { id } of [revoked, expired, suspended, replaced]) {
      expect((await rotate(id)).body).toMatchObject({ status: 409, code: 'KEY_STATUS_CONFLICT' })
    }
  })

  it('does not let a replaced key be prolonged', async () => {
    const { id } = await make()
    await rotate(id, { graceSeconds: 60 })
    const expiresAt = new Date(now + 30 * DAY).toISOString()
    expect((await control.call(admin, 'PATCH', `/v1/keys/${id}`, { expiresAt })).body.code).toBe('KEY_STATUS_CONFLICT')
    expect((await control.call(admin, 'PATCH', `/v1/keys/${id}`, { name: 'renamed' })).status).toBe(200)
  })

  describe('rolling back', () => {
    it('revokes the new key, gives the old one its former life, and unties them', async () => {
      const { id, key, expiresAt } = await make()
      const made = (await rotate(id)).body
      const back = await post(`/v1/keys/${id}/rollback`, { reason: 'the new one was lost' })
      expect(back.status).toBe(200)
      expect(back.body).toMatchObject({ id, expiresAt, rotatedTo: null, store: null })
      later(2 * DAY)
      expect(await verify(key)).toBe('VALID')
      expect(await verify(made.key)).toBe('KEY_REVOKED')
      expect((await get(`/v1/keys/${made.id}`)).rotatedFrom).toBeNull()
      const [told] = await events(`type=key.rolled_back&resource=${id}`)
      expect(told.details).toMatchObject({ to: made.id, reason: 'the new one was lost' })
      expect((await get(`/v1/keys/${id}/rotation`)).history).toMatchObject([{ state: 'rolled_back', to: made.id }])
    })

    it('takes the id of the new key as well', async () => {
      const { id } = await make()
      const made = (await rotate(id)).body
      expect((await post(`/v1/keys/${made.id}/rollback`)).body.id).toBe(id)
    })

    it('is refused after the grace', async () => {
      const { id } = await make()
      await rotate(id, { graceSeconds: 60 })
      later(60_000)
      expect((await post(`/v1/keys/${id}/rollback`)).body).toMatchObject({ status: 409, code: 'ROLLBACK_NOT_POSSIBLE' })
    })

    it('is refused without a grace', async () => {
      const { id } = await make()
      await rotate(id, { graceSeconds: 0 })
      expect((await post(`/v1/keys/${id}/rollback`)).body.code).toBe('ROLLBACK_NOT_POSSIBLE')
    })

    it('is refused for a key that was never rotated, and for one that is not there', async () => {
      const { id } = await make()
      expect((await post(`/v1/keys/${id}/rollback`)).body.code).toBe('ROLLBACK_NOT_POSSIBLE')
      expect((await post('/v1/keys/key_000000000000000000000000/rollback')).body.code).toBe('KEY_UNKNOWN')
    })

    it('is refused when the old key was revoked meanwhile', async () => {
      const { id } = await make()
      await rotate(id)
      await control.call(admin, 'DELETE', `/v1/keys/${id}`)
      expect((await post(`/v1/keys/${id}/rollback`)).body.code).toBe('ROLLBACK_NOT_POSSIBLE')
    })

    it('goes back one step after the other along a chain', async () => {
      const first = await make()
      const second = (await rotate(first.id)).body
      later(1)
      const third = (await rotate(second.id)).body
      expect((await post(`/v1/keys/${first.id}/rollback`)).body.detail).toContain(third.id)
      expect((await post(`/v1/keys/${third.id}/rollback`)).status).toBe(200)
      expect((await post(`/v1/keys/${first.id}/rollback`)).status).toBe(200)
      expect(await verify(first.key)).toBe('VALID')
      expect(await verify(second.key)).toBe('KEY_REVOKED')
      const { history } = await get(`/v1/keys/${first.id}/rotation`)
      expect(history.map((it: { to: string }) => it.to)).toEqual([third.id, second.id])
    })

    it('of twenty at once is done once', async () => {
      const { id } = await make()
      await rotate(id)
      const answers = await Promise.all(Array.from({ length: 20 }, () => post(`/v1/keys/${id}/rollback`)))
      expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array(19).fill(409)])
      expect(await events(`type=key.rolled_back&resource=${id}`)).toHaveLength(1)
    })

    it('and rotated again is a rotation like the first', async () => {
      const { id } = await make()
      await rotate(id)
      await post(`/v1/keys/${id}/rollback`)
      expect((await rotate(id)).status).toBe(201)
    })

    it('is not for somebody else', async () => {
      const { id } = await make()
      await rotate(id)
      const other = await control.keyWith(['keys:create', 'keys:read'], {
        owner: { kind: 'service', id: (await make()).owner.id },
      })
      expect((await post(`/v1/keys/${id}/rollback`, {}, other.key)).body.code).toBe('KEY_UNKNOWN')
      expect((await control.call(other.key, 'GET', `/v1/keys/${id}/rotation`)).body.code).toBe('KEY_UNKNOWN')
    })
  })

  describe('the report', () => {
    it('tells how often and from where the old key was used since, and nothing of before', async () => {
      const { id, key } = await make()
      await verify(key, '192.0.2.1')
      await control.serving.system.keys.flush()
      later(1000)
      const made = (await rotate(id)).body
      for (const ip of ['192.0.2.7', '192.0.2.7', '198.51.100.9']) await verify(key, ip)
      await verify(made.key, '203.0.113.5')
      await control.serving.system.keys.flush()
      for (const named of [id, made.id]) {
        const report = await get(`/v1/keys/${named}/rotation/report`)
        expect(report).toMatchObject({ uses: 3, lastUsedFrom: '198.51.100.9', truncated: false, old: { id } })
        expect(report.from).toMatchObject([
          { address: '192.0.2.7', uses: 2 },
          { address: '198.51.100.9', uses: 1 },
        ])
      }
    })

    it('is empty for an old key that nobody uses, and refused for a key without one', async () => {
      const { id } = await make()
      expect((await control.call(admin, 'GET', `/v1/keys/${id}/rotation/report`)).status).toBe(409)
      await rotate(id)
      expect(await get(`/v1/keys/${id}/rotation/report`)).toMatchObject({ uses: 0, lastUsedAt: null, from: [] })
    })
  })
})
