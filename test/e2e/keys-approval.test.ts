import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { backends, type World } from '../support/backends.ts'
import { type Control, openControl } from '../support/control.ts'

const HOUR = 3_600_000

describe.each(backends)('approving rotations on $name', ({ open }) => {
  let world: World
  let control: Control
  let admin: string
  let requester: string
  let approver: Awaited<ReturnType<Control['keyWith']>>
  let now = Date.now()
  const later = (ms: number) => {
    now += ms
  }

  beforeAll(async () => {
    world = await open()
    control = await openControl(world, { clock: { now: () => now } })
    admin = (await control.keyWith(['*'])).key
    requester = (await control.keyWith(['keys:*', 'keys:approve', 'keys:emergency'], { owner: await service() })).key
    approver = await control.keyWith(['keys:approve'], { owner: await service() })
  })

  afterAll(async () => {
    await control?.stop()
    await world?.close()
  })

  const post = (path: string, body?: object, key = admin, headers = {}) =>
    control.call(key, 'POST', path, body, headers)
  const get = async (path: string, key = admin) => (await control.call(key, 'GET', path)).body
  const service = async (more: object = {}) => {
    const made = await post('/v1/services', { name: `service ${Math.random()}`, ...more })
    return { kind: 'service', id: made.body.id as string }
  }
  const make = async (body: object = {}) => {
    const made = await post('/v1/keys', { name: 'made', classification: 'CRITICAL', owner: await service(), ...body })
    expect(made.status, JSON.stringify(made.body)).toBe(201)
    return made.body
  }
  const rotate = (id: string, body: object = {}, key = requester) => post(`/v1/keys/${id}/rotate`, body, key)
  const request = async (id: string, body: object = {}) => {
    const asked = await rotate(id, body)
    expect(asked.status, JSON.stringify(asked.body)).toBe(202)
    return asked.body
  }
  const decide = (id: string, decision = 'approve', key = approver.key, body: object = { reason: 'checked' }) =>
    post(`/v1/approvals/${id}/${decision}`, body, key)

  it.each(['CRITICAL', 'HIGH'])('a %s key is not rotated at once but asked for', async (classification) => {
    const { id } = await make({ classification })
    const asked = await rotate(id, { reason: 'yearly', graceSeconds: 60 })
    expect(asked.status).toBe(202)
    expect(asked.headers.get('location')).toBe(`/v1/approvals/${asked.body.id}`)
    expect(asked.body).toMatchObject({
      subject: id,
      state: 'pending',
      reason: 'yearly',
      graceSeconds: 60,
      result: null,
    })
    expect(asked.body.key).toBeUndefined()
    expect((await get(`/v1/keys/${id}`)).rotatedTo).toBeNull()
    expect(await get(`/v1/keys/${id}/rotation`)).toMatchObject({ approvals: [{ id: asked.body.id }] })
  })

  it('a MEDIUM key is rotated at once', async () => {
    const { id } = await make({ classification: 'MEDIUM' })
    expect((await rotate(id)).status).toBe(201)
  })

  it('asking again is answered with the same request', async () => {
    const { id } = await make()
    const answers = await Promise.all(Array.from({ length: 10 }, () => rotate(id)))
    expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(202))
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1)
    expect((await rotate(id, {}, admin)).body).toMatchObject({ status: 409, code: 'ROTATION_UNDER_WAY' })
  })

  it('a repeated request with one Idempotency-Key is answered the same', async () => {
    const { id } = await make()
    const headers = { 'idempotency-key': `approve-${Math.random()}` }
    const [first, again] = [
      await post(`/v1/keys/${id}/rotate`, {}, requester, headers),
      await post(`/v1/keys/${id}/rotate`, {}, requester, headers),
    ]
    expect([first.status, again.status]).toEqual([202, 202])
    expect(again.body.id).toBe(first.body.id)
  })

  it('approved by another, the requester is shown the new key once, with the grace that was approved', async () => {
    const { id, key } = await make()
    const asked = await request(id, { graceSeconds: 60, reason: 'yearly' })
    const approved = await decide(asked.id)
    expect(approved.body).toMatchObject({
      state: 'approved',
      decisionReason: 'checked',
      decidedBy: { id: approver.owner },
    })
    const made = await rotate(id, { approval: asked.id })
    expect(made.status).toBe(201)
    expect(made.body.rotatedFrom).toBe(id)
    expect((await rotate(id, { approval: asked.id })).status).toBe(409)
    later(60_000)
    expect((await post('/v1/keys/verify', { key })).body.code).toBe('KEY_EXPIRED')
    expect(await get(`/v1/approvals/${asked.id}`)).toMatchObject({
      state: 'used',
      result: made.body.id,
      requestedBy: { kind: 'service' },
      reason: 'yearly',
    })
    expect((await get(`/v1/keys/${id}/rotation`)).history[0]).toMatchObject({ approval: asked.id, state: 'rotated' })
  })

  it('of twenty uses at once one gets the key', async () => {
    const { id } = await make()
    const asked = await request(id)
    await decide(asked.id)
    const answers = await Promise.all(Array.from({ length: 20 }, () => rotate(id, { approval: asked.id })))
    expect(answers.map(({ status }) => status).sort()).toEqual([201, ...Array(19).fill(409)])
  })

  it('is not used before it is approved, nor for another key, nor by another person', async () => {
    const [one, other] = [await make(), await make()]
    const asked = await request(one.id)
    expect((await rotate(one.id, { approval: asked.id })).body.code).toBe('APPROVAL_WAITING')
    await decide(asked.id)
    expect((await rotate(other.id, { approval: asked.id })).body.code).toBe('APPROVAL_UNKNOWN')
    expect((await rotate(one.id, { approval: asked.id }, admin)).body.code).toBe('APPROVAL_UNKNOWN')
    expect((await rotate(one.id, { approval: 'apr_000000000000000000000000' })).body.code).toBe('APPROVAL_UNKNOWN')
    expect((await rotate(one.id, { approval: asked.id, graceSeconds: 5 })).body).toMatchObject({
      code: 'INPUT_INVALID',
    })
    expect((await rotate(one.id, { approval: asked.id })).status).toBe(201)
  })

  it('is refused to whoever asked, with another key of theirs too, and to whoever may not approve', async () => {
    const { id } = await make()
    const asked = await request(id)
    expect((await decide(asked.id, 'approve', requester)).body).toMatchObject({ status: 403, code: 'APPROVAL_OWN' })
    const sibling = await control.keyWith(['keys:approve'], { owner: asked.requestedBy })
    expect((await decide(asked.id, 'reject', sibling.key)).body.code).toBe('APPROVAL_OWN')
    const powerless = await control.keyWith(['keys:create'], { owner: await service() })
    expect((await decide(asked.id, 'approve', powerless.key)).body.code).toBe('PERMISSION_MISSING')
    expect((await get(`/v1/approvals/${asked.id}`, powerless.key)).code).toBe('APPROVAL_UNKNOWN')
    expect((await get('/v1/approvals', powerless.key)).items).toEqual([])
    expect((await get(`/v1/approvals/${asked.id}`)).state).toBe('pending')
  })

  it('is decided once, however many decide at once', async () => {
    const { id } = await make()
    const asked = await request(id)
    const both = (i: number) => decide(asked.id, i % 2 === 0 ? 'approve' : 'reject')
    const answers = await Promise.all(Array.from({ length: 20 }, (_, i) => both(i)))
    expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array(19).fill(409)])
    expect((await decide(asked.id)).body.code).toBe('APPROVAL_DECIDED')
  })

  it('rejected, it cannot be used, and can be asked for again', async () => {
    const { id } = await make()
    const asked = await request(id)
    expect((await decide(asked.id, 'reject')).body.state).toBe('rejected')
    expect((await rotate(id, { approval: asked.id })).body.code).toBe('APPROVAL_DECIDED')
    expect((await request(id)).id).not.toBe(asked.id)
  })

  it('lapses 72 hours after it was asked for, and 72 hours after it was approved', async () => {
    const [undecided, unused] = [await make(), await make()]
    const [first, second] = [await request(undecided.id), await request(unused.id)]
    later(72 * HOUR - 1)
    await decide(second.id)
    later(1)
    expect((await decide(first.id)).body).toMatchObject({ status: 409, code: 'APPROVAL_LAPSED' })
    expect((await get(`/v1/approvals/${first.id}`)).state).toBe('lapsed')
    expect((await request(undecided.id)).id).not.toBe(first.id)
    later(72 * HOUR)
    expect((await rotate(unused.id, { approval: second.id })).body.code).toBe('APPROVAL_LAPSED')
    const lapsed = await get('/v1/approvals?state=lapsed&limit=100')
    expect(lapsed.items.map((it: { id: string }) => it.id)).toEqual(expect.arrayContaining([first.id, second.id]))
    const pending = await get('/v1/approvals?state=pending&limit=100')
    expect(pending.items.map((it: { id: string }) => it.id)).not.toContain(first.id)
  })

  it('is refused when the key was rotated in an emergency meanwhile', async () => {
    const { id } = await make()
    const asked = await request(id)
    await rotate(id, { immediate: true, reason: 'leaked' })
    expect((await decide(asked.id)).body.code).toBe('APPROVAL_LAPSED')
  })

  it('lists what was asked for one key, in pages', async () => {
    const { id } = await make()
    const made: string[] = []
    for (let i = 0; i < 3; i++) {
      const asked = await request(id)
      await decide(asked.id, 'reject')
      made.unshift(asked.id)
      later(1)
    }
    const page = await get(`/v1/approvals?key=${id}&limit=2`)
    const rest = await get(`/v1/approvals?key=${id}&limit=2&cursor=${page.nextCursor}`)
    expect([...page.items, ...rest.items].map((it: { id: string }) => it.id)).toEqual(made)
    expect(rest.nextCursor).toBeNull()
  })

  describe('in an emergency', () => {
    it('the key is rotated at once, with an alert and a mail that say why and who', async () => {
      const owner = await service({ contacts: ['owner@example.com'] })
      const { id } = await make({ owner })
      const made = await rotate(id, { immediate: true, reason: 'seen in a chat', graceSeconds: 0 })
      expect(made.status).toBe(201)
      const { items } = await get(`/v1/audit/events?type=key.emergency_rotation&resource=${id}`)
      expect(items).toMatchObject([
        { details: { to: made.body.id, reason: 'seen in a chat', classification: 'CRITICAL' } },
      ])
      const outbox = await get('/v1/notices/outbox?limit=100')
      const mail = outbox.items.find((it: { template: string }) => it.template === 'emergency_rotation')
      expect(mail).toMatchObject({ to: 'owner@example.com' })
      expect(mail.text).toContain('seen in a chat')
      expect((await get(`/v1/keys/${id}/rotation`)).history[0]).toMatchObject({
        kind: 'emergency',
        reason: 'seen in a chat',
      })
    })

    it('a reason and the permission are needed', async () => {
      const { id } = await make()
      for (const reason of [undefined, ' ']) {
        const answer = await rotate(id, { immediate: true, ...(reason === undefined ? {} : { reason }) })
        expect(answer.body).toMatchObject({ status: 400, errors: [{ path: 'reason' }] })
      }
      for (const permissions of [['keys:create', 'keys:manage'], ['keys:*'], ['*:*']]) {
        const careful = await control.keyWith(permissions, { owner: await service() })
        const answer = await rotate(id, { immediate: true, reason: 'now' }, careful.key)
        expect(answer.body).toMatchObject({ status: 403, code: 'PERMISSION_MISSING' })
      }
      const asked = await request(id)
      expect((await rotate(id, { immediate: true, reason: 'now', approval: asked.id })).body.errors[0].path).toBe(
        'approval',
      )
      expect((await get(`/v1/keys/${id}`)).rotatedTo).toBeNull()
    })
  })

  it('is not got around by taking the key out of its class', async () => {
    const { id } = await make()
    const careful = await control.keyWith(['keys:update', 'keys:manage'], { owner: await service() })
    const answer = await control.call(careful.key, 'PATCH', `/v1/keys/${id}`, { classification: 'LOW' })
    expect(answer.body).toMatchObject({ status: 403, code: 'PERMISSION_MISSING' })
    expect((await get(`/v1/keys/${id}`)).classification).toBe('CRITICAL')
    expect((await control.call(careful.key, 'PATCH', `/v1/keys/${id}`, { classification: 'HIGH' })).status).toBe(200)
    expect((await control.call(admin, 'PATCH', `/v1/keys/${id}`, { classification: 'LOW' })).status).toBe(200)
  })

  it('tells each step as an event with both names', async () => {
    const { id } = await make()
    const asked = await request(id, { reason: 'yearly' })
    await decide(asked.id)
    await rotate(id, { approval: asked.id })
    const { items } = await get(`/v1/audit/events?resource=${asked.id}&type=approval.*`)
    expect(items.map((it: { type: string }) => it.type)).toEqual([
      'approval.used',
      'approval.approved',
      'approval.requested',
    ])
    expect(items[1]).toMatchObject({
      principal: approver.owner,
      details: { requestedBy: asked.requestedBy.id, for: id, reason: 'checked' },
    })
  })
})
