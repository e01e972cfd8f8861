import { mkdir, readFile, rename, symlink, unlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { backends, type World } from '../support/backends.ts'
import { type Control, openControl } from '../support/control.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR

describe.each(backends)('rotating keys by schedule on $name', ({ open }) => {
  let world: World
  let folder: string
  let controls: Control[] = []
  let control: Control
  let admin: string
  let approver: string
  let now = Date.now()
  const later = (ms: number) => {
    now += ms
  }

  beforeAll(async () => {
    world = await open()
    folder = join(world.dataDir, 'deployed')
    await writeFile(
      join(world.dataDir, 'sallyport.yaml'),
      `secretStores:\n  deploy: { kind: file, folder: ${folder} }\n  readable: { kind: environment }\n`,
    )
    const start = () => openControl(world, { clock: { now: () => now } })
    controls = [await start()]
    controls.push(...(await Promise.all([start(), start(), start()])))
    control = controls[0] as Control
    admin = (await control.keyWith(['*'])).key
    approver = (await control.keyWith(['keys:approve'], { owner: await service() })).key
  })

  afterAll(async () => {
    await Promise.all(controls.map((it) => it.stop()))
    await world?.close()
  })

  const post = (path: string, body?: object, key = admin) => control.call(key, 'POST', path, body)
  const patch = (path: string, body: object) => control.call(admin, 'PATCH', path, body)
  const get = async (path: string) => (await control.call(admin, 'GET', path)).body
  const service = async () => {
    const made = await post('/v1/services', { name: `service ${Math.random()}`, contacts: ['owner@example.com'] })
    expect(made.status, JSON.stringify(made.body)).toBe(201)
    return { kind: 'service', id: made.body.id as string }
  }
  const wish = async (body: object) => post('/v1/keys', { name: 'made', owner: await service(), ...body })
  const make = async (body: object) => {
    const made = await wish(body)
    expect(made.status, JSON.stringify(made.body)).toBe(201)
    return made.body
  }
  const place = () => ({ name: 'deploy', path: `billing/key-${Math.random().toString(36).slice(2)}` })
  const placed = (at: { path: string }) => readFile(join(folder, at.path), 'utf8')
  const verify = async (key: string) => (await post('/v1/keys/verify', { key })).body.code
  const rotation = (id: string) => get(`/v1/keys/${id}/rotation`)
  const events = async (query: string) => (await get(`/v1/audit/events?limit=100&${query}`)).items
  const mails = async (id: string) =>
    (await get('/v1/notices/outbox?limit=100')).items
      .filter((it: { text: string }) => it.text.includes(id))
      .map((it: { template: string }) => it.template)
      .reverse()
  /** All four processes look at once, as they do every minute. */
  const attend = async () => Promise.all(controls.map((it) => it.serving.system.keys.rotations.attend()))

  const broken = async (work: () => Promise<void>) => {
    await mkdir(folder, { recursive: true })
    await rename(folder, `${folder}.away`)
    await writeFile(folder, 'not a folder')
    try {
      await work()
    } finally {
      await rename(folder, `${folder}.broken-${Math.random()}`)
      await rename(`${folder}.away`, folder)
    }
  }

  describe('setting', () => {
    it('tells when the key is replaced next, and how many days are left', async () => {
      const { id, rotatesAt, rotation: schedule } = await make({ rotation: { every: 'monthly' } })
      expect(rotatesAt).toBe(new Date(now + 30 * DAY).toISOString())
      expect(schedule).toEqual({ every: 'monthly', notice: 7, store: null })
      expect(await rotation(id)).toMatchObject({
        status: 'scheduled',
        daysLeft: 30,
        nextRotationAt: rotatesAt,
        history: [],
      })
    })

    it.each([
      ['daily', 'LOW', 1, 0],
      ['weekly', 'LOW', 7, 6],
      ['quarterly', 'LOW', 90, 7],
      [45, 'LOW', 45, 7],
      ['classification', 'CRITICAL', 29, 7],
      ['classification', 'HIGH', 59, 7],
      ['classification', 'MEDIUM', 89, 7],
      ['classification', 'LOW', 179, 7],
    ])('%s for a %s key is after %i days, with notice %i days before', async (every, classification, days, notice) => {
      const made = await make({ classification, rotation: { every } })
      expect(made.rotatesAt).toBe(new Date(now + days * DAY).toISOString())
      expect(made.rotation.notice).toBe(notice)
    })

    it.each([
      [{ every: 'yearly' }, 'rotation.every'],
      [{ every: 0 }, 'rotation.every'],
      [{ every: 365 }, 'rotation.every'],
      [{ every: 1.5 }, 'rotation.every'],
      [{}, 'rotation.every'],
      [{ every: 'weekly', notice: 7 }, 'rotation.notice'],
      [{ every: 'weekly', notice: -1 }, 'rotation.notice'],
      [{ every: 'monthly', notice: 31 }, 'rotation.notice'],
      [{ every: 180 }, 'rotation.every'],
      [{ every: 'weekly', store: { name: 'nowhere', path: 'a' } }, 'rotation.store.name'],
      [{ every: 'weekly', store: { name: 'readable', path: 'A' } }, 'rotation.store.name'],
      [{ every: 'weekly', store: { name: 'deploy', path: '../a' } }, 'rotation.store.path'],
      [{ every: 'weekly', store: { name: 'deploy', path: '/etc/passwd' } }, 'rotation.store.path'],
      [{ every: 'weekly', store: { name: 'deploy' } }, 'rotation.store.path'],
      [{ every: 'weekly', at: 'noon' }, 'rotation.at'],
    ])('refuses %j naming %s', async (schedule, path) => {
      const answer = await wish({ rotation: schedule })
      expect(answer.status).toBe(400)
      expect(answer.body.errors.map((it: { path: string }) => it.path.slice(0, path.length))).toContain(path)
    })

    it('refuses a key that would end before it is replaced, made so or changed so', async () => {
      const expiresAt = new Date(now + 20 * DAY).toISOString()
      expect((await wish({ expiresAt, rotation: { every: 'monthly' } })).body.errors[0].path).toBe('rotation.every')
      expect((await wish({ classification: 'CRITICAL', rotation: { every: 'monthly' } })).status).toBe(400)
      const { id } = await make({ rotation: { every: 'monthly' } })
      expect((await patch(`/v1/keys/${id}`, { expiresAt })).status).toBe(400)
      expect((await patch(`/v1/keys/${id}`, { expiresAt, rotation: { every: 'weekly' } })).status).toBe(200)
    })

    it('counts from when it was set, and saying it again does not put it off', async () => {
      const { id } = await make({})
      later(DAY)
      const set = await patch(`/v1/keys/${id}`, { rotation: { every: 'weekly' } })
      expect(set.body.rotatesAt).toBe(new Date(now + 7 * DAY).toISOString())
      later(DAY)
      expect((await patch(`/v1/keys/${id}`, { rotation: { every: 7, notice: 2 } })).body.rotatesAt).toBe(
        set.body.rotatesAt,
      )
      expect((await patch(`/v1/keys/${id}`, { name: 'renamed' })).body.rotatesAt).toBe(set.body.rotatesAt)
      expect((await patch(`/v1/keys/${id}`, { rotation: null })).body).toMatchObject({
        rotation: null,
        rotatesAt: null,
      })
      expect((await rotation(id)).status).toBe('none')
    })

    it('does not place two keys at one path, and only lets who manages keys name one', async () => {
      const store = place()
      await make({ rotation: { every: 'weekly', store } })
      expect((await wish({ rotation: { every: 'weekly', store } })).body.errors[0].path).toBe('rotation.store.path')
      const maker = await control.keyWith(['keys:create'], { owner: await service() })
      const answer = await post('/v1/keys', { name: 'x', rotation: { every: 'weekly', store: place() } }, maker.key)
      expect(answer.body).toMatchObject({ status: 403, code: 'GRANT_EXCEEDED', errors: [{ path: 'rotation.store' }] })
      expect((await post('/v1/keys', { name: 'x', rotation: { every: 'weekly' } }, maker.key)).status).toBe(201)
    })
  })

  it('is noticed twice, done once by four processes, placed in the store, and readable in the history', async () => {
    const store = place()
    const { id, key } = await make({ scopes: ['orders:read'], rotation: { every: 'monthly', store } })
    later(23 * DAY - 1)
    await attend()
    expect(await mails(id)).toEqual([])
    later(1)
    for (let i = 0; i < 3; i++) await attend()
    expect(await mails(id)).toEqual(['rotation_due_soon'])
    later(6 * DAY)
    for (let i = 0; i < 3; i++) await attend()
    expect(await mails(id)).toEqual(['rotation_due_soon', 'rotation_due_today'])
    expect(await events(`type=key.rotation_notice&resource=${id}`)).toMatchObject([
      { principalKind: 'system', details: { daysLeft: 1, store: 'deploy' } },
      { details: { daysLeft: 7 } },
    ])
    later(DAY)
    for (let i = 0; i < 3; i++) await attend()
    const { rotatedTo } = await get(`/v1/keys/${id}`)
    expect(await mails(id)).toEqual(['rotation_due_soon', 'rotation_due_today', 'key_rotated'])
    expect(await rotation(id)).toMatchObject({
      status: 'grace',
      graceEndsAt: new Date(now + DAY).toISOString(),
      history: [{ from: id, to: rotatedTo, kind: 'scheduled', state: 'rotated', by: 'rotation schedule', store }],
    })
    expect(await rotation(rotatedTo)).toMatchObject({ status: 'scheduled', daysLeft: 30, rotatedFrom: id })
    const fresh = await placed(store)
    expect((await post('/v1/keys/verify', { key: fresh })).body).toMatchObject({ code: 'VALID', keyId: rotatedTo })
    expect((await get(`/v1/keys/${rotatedTo}`)).scopes).toEqual(['orders:read'])
    expect(await verify(key)).toBe('VALID')
    later(DAY)
    expect(await verify(key)).toBe('KEY_EXPIRED')
    expect(await verify(fresh)).toBe('VALID')
    expect(await events(`type=key.rotated&resource=${id}`)).toHaveLength(1)
    expect(JSON.stringify(await events(`text=${rotatedTo}`))).not.toContain(fresh.slice(-20))
  })

  it('goes on from key to key, and the history has them all', async () => {
    const store = place()
    const { id } = await make({ rotation: { every: 'daily', store } })
    for (let i = 0; i < 3; i++) {
      later(DAY)
      await attend()
    }
    const { history } = await rotation(id)
    expect(history.map((it: { state: string }) => it.state)).toEqual(['rotated', 'rotated', 'rotated'])
    expect(history[2].from).toBe(id)
    expect(history[0].from).toBe(history[1].to)
    expect(await verify(await placed(store))).toBe('VALID')
    expect(await mails(id)).toEqual(['key_rotated'])
  })

  it('is not repeated by a clock that goes back', async () => {
    const { id } = await make({ rotation: { every: 'weekly', store: place() } })
    later(6 * DAY)
    await attend()
    const before = await mails(id)
    expect(before).toHaveLength(1)
    later(-5 * DAY)
    await attend()
    later(5 * DAY)
    await attend()
    expect(await mails(id)).toEqual(before)
    later(DAY)
    await attend()
    const { rotatedTo } = await get(`/v1/keys/${id}`)
    later(-3 * DAY)
    await attend()
    later(3 * DAY)
    await attend()
    expect(await get(`/v1/keys/${rotatedTo}`)).toMatchObject({ rotatedTo: null, status: 'active' })
  })

  it('only reminds when no store takes the new key', async () => {
    const { id } = await make({ rotation: { every: 'weekly', notice: 1 } })
    later(6 * DAY)
    await attend()
    later(DAY)
    for (let i = 0; i < 3; i++) await attend()
    expect(await mails(id)).toEqual(['rotation_due_today', 'rotation_overdue'])
    expect(await events(`type=key.rotation_due&resource=${id}`)).toHaveLength(1)
    expect(await rotation(id)).toMatchObject({ status: 'due', daysLeft: 0, history: [] })
    const made = await post(`/v1/keys/${id}/rotate`)
    expect(made.body.rotatesAt).toBe(new Date(now + 7 * DAY).toISOString())
  })

  it('leaves suspended and ended keys alone, and catches up when a key is resumed', async () => {
    const suspended = await make({ rotation: { every: 'weekly', store: place() } })
    const revoked = await make({ rotation: { every: 'weekly', store: place() } })
    await post(`/v1/keys/${suspended.id}/suspend`)
    await control.call(admin, 'DELETE', `/v1/keys/${revoked.id}`)
    later(7 * DAY)
    await attend()
    for (const { id } of [suspended, revoked]) expect((await get(`/v1/keys/${id}`)).rotatedTo).toBeNull()
    await post(`/v1/keys/${suspended.id}/resume`)
    await attend()
    expect((await get(`/v1/keys/${suspended.id}`)).rotatedTo).not.toBeNull()
  })

  describe('when the store does not take the key', () => {
    it('nothing is replaced, the owner is told once, and it is tried again', async () => {
      const store = place()
      const { id, key } = await make({ rotation: { every: 'weekly', notice: 0, store } })
      later(7 * DAY)
      await broken(async () => {
        for (let i = 0; i < 3; i++) {
          await attend()
          later(10 * 60_000)
        }
      })
      expect(await get(`/v1/keys/${id}`)).toMatchObject({ rotatedTo: null, status: 'active' })
      expect(await rotation(id)).toMatchObject({ status: 'failing', attempts: 3, failure: expect.any(String) })
      expect(await verify(key)).toBe('VALID')
      expect(await mails(id)).toEqual(['rotation_failed'])
      expect(await events(`type=key.rotation_failed&resource=${id}`)).toHaveLength(3)
      later(10 * 60_000)
      await attend()
      expect(await verify(await placed(store))).toBe('VALID')
      const { history } = await rotation(id)
      expect(history.map((it: { state: string }) => it.state)).toEqual(['rotated', 'failed', 'failed', 'failed'])
      for (const { to } of history.slice(1)) expect((await get(`/v1/keys/${to}`)).status).toBe('revoked')
    })
  })

  it('makes no key at all while the store cannot even be read', async () => {
    const at = { name: 'deploy', path: `astray-${Math.random().toString(36).slice(2)}/key` }
    const { id } = await make({ rotation: { every: 'weekly', notice: 0, store: at } })
    const way = join(folder, at.path.split('/')[0] as string)
    await mkdir(folder, { recursive: true })
    await symlink(world.dataDir, way)
    later(7 * DAY)
    await attend()
    expect(await rotation(id)).toMatchObject({ status: 'failing', history: [] })
    await unlink(way)
    later(60_000)
    await attend()
    expect(await verify(await placed(at))).toBe('VALID')
  })

  describe('by hand', () => {
    const ask = (id: string, body: object = {}, headers = {}) =>
      control.call(admin, 'POST', `/v1/keys/${id}/rotate`, body, headers)

    it('places the new key, shows it to nobody, and says so, also when it is asked again', async () => {
      const store = place()
      const { id, key } = await make({ rotation: { every: 'monthly', store } })
      const headers = { 'idempotency-key': `by-hand-${id}` }
      const answer = await ask(id, { graceSeconds: 3600 }, headers)
      expect(answer).toMatchObject({ status: 201, body: { rotatedFrom: id, key: null, placed: store } })
      expect([await verify(key), await verify(await placed(store))]).toEqual(['VALID', 'VALID'])
      const { history, graceEndsAt } = await rotation(id)
      expect(history).toMatchObject([{ kind: 'manual', state: 'rotated', to: answer.body.id, store }])
      expect(Date.parse(graceEndsAt) - now).toBe(HOUR)
      expect(await mails(id)).toEqual(['key_rotated'])
      expect(await events(`type=key.rotated&resource=${id}`)).toMatchObject([{ principalKind: 'service' }])
      const again = await ask(id, { graceSeconds: 3600 }, headers)
      expect(again).toMatchObject({ status: 200, body: { id: answer.body.id, key: null, placed: store } })
      const next = await ask(answer.body.id)
      const text = await placed(store)
      expect((await post(`/v1/keys/${next.body.id}/rollback`)).body).toMatchObject({ store: 'put_back' })
      expect(await verify(text)).toBe('KEY_REVOKED')
      expect(await verify(await placed(store))).toBe('VALID')
    })

    it('of ten at once places one', async () => {
      const store = place()
      const { id } = await make({ rotation: { every: 'monthly', store } })
      const answers = await Promise.all(Array.from({ length: 10 }, () => ask(id)))
      expect(answers.filter(({ status }) => status === 201)).toHaveLength(1)
      expect(answers.filter(({ status }) => status === 409)).toHaveLength(9)
      expect((await rotation(id)).history).toMatchObject([{ state: 'rotated' }])
      expect(await verify(await placed(store))).toBe('VALID')
    })

    it('replaces nothing and uses no approval up when the store does not take the key', async () => {
      const store = place()
      const { id, key } = await make({ classification: 'HIGH', rotation: { every: 'monthly', store } })
      const { body: asked } = await ask(id)
      expect((await post(`/v1/approvals/${asked.id}/approve`, {}, approver)).status).toBe(200)
      await broken(async () => {
        expect((await ask(id, { approval: asked.id })).body).toMatchObject({ status: 503, code: 'UNAVAILABLE' })
      })
      expect(await rotation(id)).toMatchObject({ status: 'scheduled', failure: null, history: [{ state: 'failed' }] })
      expect(await events(`type=key.rotation_failed&resource=${id}`)).toMatchObject([
        { principalKind: 'service', details: { attempt: 0, retryAt: null } },
      ])
      expect(await verify(key)).toBe('VALID')
      expect((await ask(id, { approval: asked.id })).body).toMatchObject({ key: null, placed: store })
      expect((await get(`/v1/approvals/${asked.id}`)).state).toBe('used')
    })

    it('ends the old key at once in an emergency, and raises the alert', async () => {
      const store = place()
      const { id, key } = await make({ classification: 'HIGH', rotation: { every: 'monthly', store } })
      const answer = await ask(id, { immediate: true, graceSeconds: 0, reason: 'seen in a chat' })
      expect(answer).toMatchObject({ status: 201, body: { key: null, placed: store } })
      expect([await verify(key), await verify(await placed(store))]).toEqual(['KEY_REVOKED', 'VALID'])
      expect(await events(`type=key.emergency_rotation&resource=${id}`)).toMatchObject([
        { details: { to: answer.body.id, reason: 'seen in a chat' } },
      ])
      expect((await mails(id)).sort()).toEqual(['emergency_rotation', 'key_rotated'])
    })

    it('shows the key again once its schedule has ended', async () => {
      const { id } = await make({ rotation: { every: 'monthly', store: place() } })
      await patch(`/v1/keys/${id}`, { rotation: null })
      expect((await ask(id)).body).toMatchObject({ key: expect.stringMatching(/^sp_live_/), placed: null })
    })
  })

  describe('rolling back', () => {
    it('puts the old key back into the store, and is due again a day later', async () => {
      const store = place()
      const { id } = await make({ rotation: { every: 'weekly', notice: 0, store } })
      later(7 * DAY)
      await attend()
      const second = (await get(`/v1/keys/${id}`)).rotatedTo
      const text = await placed(store)
      later(7 * DAY)
      await attend()
      expect(await placed(store)).not.toBe(text)
      const back = await post(`/v1/keys/${second}/rollback`)
      expect(back.body).toMatchObject({ id: second, store: 'put_back', rotatesAt: new Date(now + DAY).toISOString() })
      expect(await placed(store)).toBe(text)
      await attend()
      expect((await get(`/v1/keys/${second}`)).rotatedTo).toBeNull()
      later(DAY)
      await attend()
      expect((await get(`/v1/keys/${second}`)).rotatedTo).not.toBeNull()
    })

    it('says when the store never had the old key', async () => {
      const { id } = await make({ rotation: { every: 'weekly', notice: 0, store: place() } })
      later(7 * DAY)
      await attend()
      expect((await post(`/v1/keys/${id}/rollback`)).body).toMatchObject({ id, store: 'not_kept' })
    })
  })

  describe('of a class that needs approval', () => {
    const due = async () => {
      const store = place()
      const made = await make({ classification: 'CRITICAL', rotation: { every: 'weekly', notice: 2, store } })
      later(5 * DAY)
      await attend()
      const [approval] = (await get(`/v1/approvals?key=${made.id}`)).items
      return { ...made, approval, store }
    }

    it('asks with the first notice, waits, and goes on when another person approved', async () => {
      const { id, approval, store } = await due()
      expect(approval).toMatchObject({ state: 'pending', requestedBy: { kind: 'system' }, dueAt: expect.any(String) })
      later(2 * DAY + HOUR)
      await attend()
      expect(await rotation(id)).toMatchObject({ status: 'waiting', history: [] })
      expect((await post(`/v1/approvals/${approval.id}/approve`, {}, approver)).status).toBe(200)
      await attend()
      expect(await verify(await placed(store))).toBe('VALID')
      expect((await rotation(id)).history).toMatchObject([{ state: 'rotated', approval: approval.id }])
      expect((await get(`/v1/approvals/${approval.id}`)).state).toBe('used')
      expect(await mails(approval.id)).toEqual(['approval_wanted'])
    })

    it('approved beforehand, it is done when it is due', async () => {
      const { id, approval } = await due()
      await post(`/v1/approvals/${approval.id}/approve`, {}, approver)
      await attend()
      expect((await rotation(id)).history).toEqual([])
      later(2 * DAY)
      await attend()
      expect((await rotation(id)).history).toMatchObject([{ state: 'rotated' }])
    })

    it('rejected, it is not done; a person may rotate the key with a new approval', async () => {
      const { id, approval } = await due()
      await post(`/v1/approvals/${approval.id}/reject`, { reason: 'not now' }, approver)
      later(2 * DAY)
      for (let i = 0; i < 3; i++) await attend()
      expect(await rotation(id)).toMatchObject({ status: 'rejected', history: [] })
      expect((await get(`/v1/approvals?key=${id}`)).items).toHaveLength(1)
      expect((await post(`/v1/keys/${id}/rotate`)).status).toBe(202)
    })

    it('undecided, the request lapses and is made again', async () => {
      const { id, approval } = await due()
      later(72 * HOUR)
      await attend()
      const { items } = await get(`/v1/approvals?key=${id}`)
      expect(items.map((it: { state: string }) => it.state)).toEqual(['pending', 'lapsed'])
      expect(await events(`type=approval.lapsed&resource=${approval.id}`)).toHaveLength(1)
      expect((await rotation(id)).history).toEqual([])
    })

    it('is void when the schedule changed meanwhile', async () => {
      const { id, approval } = await due()
      await patch(`/v1/keys/${id}`, { rotation: { every: 10 } })
      expect((await post(`/v1/approvals/${approval.id}/approve`, {}, approver)).body.code).toBe('APPROVAL_LAPSED')
    })
  })
})
