import { Webhook as Verifier } from 'standardwebhooks'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { backends, type World } from '../support/backends.ts'
import { type Control, openControl } from '../support/control.ts'
import { type Received, type Receiver, startReceiver } from '../support/receiver.ts'
import { eventually, openPlace, type Place, type RunningSallyport } from '../support/sallyport.ts'

const LOCAL = {
  SALLYPORT_NOTICES_WEBHOOKS_ALLOW_INSECURE_HTTP: 'true',
  SALLYPORT_NOTICES_WEBHOOKS_ALLOW_PRIVATE_NETWORKS: '["127.0.0.0/8"]',
  SALLYPORT_GUARD_OUTBOUND_ALLOW_ANY_PORT: 'true',
  SALLYPORT_NOTICES_WEBHOOKS_TIMEOUT: '500ms',
  SALLYPORT_NOTICES_WEBHOOKS_LOOK_EVERY: '100ms',
}

describe.each(backends)('webhooks on $name', ({ open }) => {
  let world: World
  let control: Control
  let admin: string
  let now = 0
  const real = Date.now
  const clock = { now: () => real() + now }
  const open_: Receiver[] = []

  beforeAll(async () => {
    world = await open()
    control = await openControl(world, { env: LOCAL, clock })
    admin = (await control.keyWith(['*'])).key
  })

  afterAll(async () => {
    await control?.stop()
    await Promise.all(open_.map((it) => it.close()))
    await world?.close()
  })

  const receiver = async () => {
    const started = await startReceiver()
    open_.push(started)
    return started
  }
  const call = (method: string, path: string, body?: unknown) => control.call(admin, method, path, body)
  const hook = async (to: Receiver, more: object = {}) => {
    const made = await call('POST', '/v1/webhooks', { name: 'hook', url: to.url, events: ['key.*'], ...more })
    expect(made.status).toBe(201)
    return made.body
  }
  // Each of a service of its own: a service may have few keys.
  let services = 0
  const makeKey = async (name = 'watched') => {
    services += 1
    const service = await call('POST', '/v1/services', { name: `service ${services}` })
    const made = await call('POST', '/v1/keys', { name, owner: { kind: 'service', id: service.body.id } })
    expect(made.status).toBe(201)
    return made.body
  }
  const arrived = async (to: Receiver, count = 1) => {
    expect(await eventually(async () => to.received.length >= count, 15_000)).toBe(true)
    return to.received
  }
  const about = (to: Receiver, keyId: string) => to.received.filter(({ json }) => json.data.keyId === keyId)
  const deliveries = async (id: string, query = '') =>
    (await call('GET', `/v1/webhooks/${id}/deliveries${query}`)).body.items
  // The library refuses what is older or newer than five minutes, by the clock of the receiver: here the moved one.
  const verified = (secret: string, { body, headers }: Received) => {
    const receiving = vi.spyOn(Date, 'now').mockReturnValue(clock.now())
    try {
      return new Verifier(secret).verify(body, headers as Record<string, string>) as { type: string }
    } finally {
      receiving.mockRestore()
    }
  }
  const remove = (id: string) => call('DELETE', `/v1/webhooks/${id}`)

  it('are told what happens to keys, signed so that the specification’s own library accepts it', async () => {
    const to = await receiver()
    const { id, secret } = await hook(to)
    const key = await makeKey()
    await call('POST', `/v1/keys/${key.id}/suspend`, { reason: 'odd' })
    await arrived(to, 2)
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/)
    const told = about(to, key.id)
    expect(told.map((it) => verified(secret, it).type).sort()).toEqual(['key.created', 'key.suspended'])
    expect(told.find(({ json }) => json.type === 'key.suspended')?.json).toMatchObject({
      type: 'key.suspended',
      data: { event: 'key.suspended', keyId: key.id, resource: key.id, outcome: 'success', details: { reason: 'odd' } },
    })
    expect(JSON.stringify(to.received)).not.toContain(key.key)
    expect(told[0]?.headers['webhook-id']).not.toBe(told[1]?.headers['webhook-id'])
    await remove(id)
  })

  it('refuse with the specification’s library what somebody else signed or changed', async () => {
    const to = await receiver()
    const { id, secret } = await hook(to)
    await makeKey()
    const [one] = (await arrived(to)) as [Received]
    expect(() => verified(`whsec_${Buffer.alloc(32).toString('base64')}`, one)).toThrow('signature')
    expect(() => verified(secret, { ...one, body: one.body.replace('created', 'revoked') })).toThrow('signature')
    const other = { ...one.headers, 'webhook-id': 'dlv_other' }
    expect(() => verified(secret, { ...one, headers: other })).toThrow('signature')
    await remove(id)
  })

  it('are told nothing of events that they did not ask for, nor of what was before them', async () => {
    const to = await receiver()
    const before = await makeKey()
    const { id } = await hook(to, { events: ['key.revoked'] })
    const key = await makeKey()
    await call('DELETE', `/v1/keys/${key.id}`)
    await call('DELETE', `/v1/keys/${before.id}`)
    await arrived(to, 2)
    expect(to.received.map(({ json }) => json.type)).toEqual(['key.revoked', 'key.revoked'])
    await remove(id)
  })

  it('hear of refused keys with `key.*`, and of used ones only when they name them', async () => {
    const [all, used] = [await receiver(), await receiver()]
    const hooks = [await hook(all), await hook(used, { events: ['key.used'] })]
    const key = await makeKey()
    await call('POST', '/v1/keys/verify', { key: key.key })
    await call('POST', `/v1/keys/${key.id}/suspend`)
    await call('POST', '/v1/keys/verify', { key: key.key })
    await call('POST', '/v1/keys/verify', { key: 'sp_live_nothing' })
    await arrived(used, 1)
    await arrived(all, 3)
    expect(used.received.map(({ json }) => [json.type, json.data.keyId])).toEqual([['key.used', key.id]])
    expect(
      about(all, key.id)
        .map(({ json }) => json.type)
        .sort(),
    ).toEqual(['key.created', 'key.denied', 'key.suspended'])
    expect(about(all, key.id).find(({ json }) => json.type === 'key.denied')?.json.data.code).toBe('KEY_SUSPENDED')
    for (const { id } of hooks) await remove(id)
  })

  it('are told once that a key came to its end by time, and not of a revoked one', async () => {
    const to = await receiver()
    const { id } = await hook(to, { events: ['key.expired', 'key.revoked'] })
    const [ending, ended, last] = [await makeKey('ending'), await makeKey('ended'), await makeKey('last')]
    const inSeconds = (seconds: number) => new Date(clock.now() + seconds * 1000).toISOString()
    const expiresAt = inSeconds(60)
    for (const key of [ending, ended]) await call('PATCH', `/v1/keys/${key.id}`, { expiresAt })
    await call('PATCH', `/v1/keys/${last.id}`, { expiresAt: inSeconds(120) })
    await call('DELETE', `/v1/keys/${ended.id}`)
    now += 70_000
    expect(await eventually(async () => about(to, ending.id).length > 0, 10_000)).toBe(true)
    now += 60_000
    // Who told of the last one has looked at all of them again.
    expect(await eventually(async () => about(to, last.id).length > 0, 10_000)).toBe(true)
    const recorded = await call('GET', `/v1/audit/events?type=key.expired&resource=${ending.id}`)
    expect(recorded.body.items).toHaveLength(1)
    expect(about(to, ending.id).map(({ json }) => json.type)).toEqual(['key.expired'])
    expect(about(to, ending.id)[0]?.json.data.details).toMatchObject({ name: 'ending', expiredAt: expiresAt })
    expect(about(to, ended.id).map(({ json }) => json.type)).toEqual(['key.revoked'])
    await remove(id)
  })

  it('are told of no use when none is sampled, and of every refusal all the same', async () => {
    const to = await receiver()
    const { id } = await hook(to, { events: ['key.used', 'key.denied'], sample: 0 })
    const key = await makeKey()
    await call('POST', '/v1/keys/verify', { key: key.key })
    await call('DELETE', `/v1/keys/${key.id}`)
    await call('POST', '/v1/keys/verify', { key: key.key })
    await arrived(to, 1)
    expect(to.received.map(({ json }) => json.type)).toEqual(['key.denied'])
    await remove(id)
  })

  it('are tried again after a failure, with the same webhook-id and a new time, and the log tells it', async () => {
    const to = await receiver()
    to.answer((response) => response.writeHead(500).end('broken \u0007 here'))
    const { id, secret } = await hook(to)
    await makeKey()
    await arrived(to, 1)
    expect(await eventually(async () => (await deliveries(id))[0].attempts.length === 1, 15_000)).toBe(true)
    const [waiting] = await deliveries(id, '?status=waiting')
    expect(waiting.attempts[0]).toMatchObject({ number: 1, status: 500, answer: 'broken here' })
    expect(Date.parse(waiting.dueAt) - clock.now()).toBeGreaterThan(1000)
    to.answer((response) => response.writeHead(200).end())
    now += 10_000
    await arrived(to, 2)
    const [first, second] = to.received as [Received, Received]
    expect(second.headers['webhook-id']).toBe(first.headers['webhook-id'])
    expect(Number(second.headers['webhook-timestamp'])).toBeGreaterThan(Number(first.headers['webhook-timestamp']))
    expect(second.body).toBe(first.body)
    expect(verified(secret, second).type).toBe('key.created')
    expect(await eventually(async () => (await deliveries(id))[0].status === 'delivered', 15_000)).toBe(true)
    expect((await deliveries(id))[0].attempts.map((it: { status: number }) => it.status)).toEqual([500, 200])
    await remove(id)
  })

  it('wait as long as the receiver asks', async () => {
    const to = await receiver()
    to.answer((response) => response.writeHead(429, { 'retry-after': '3600' }).end())
    const { id } = await hook(to)
    await makeKey()
    await arrived(to, 1)
    expect(await eventually(async () => (await deliveries(id))[0].attempts.length === 1, 15_000)).toBe(true)
    expect(Date.parse((await deliveries(id))[0].dueAt) - clock.now()).toBeGreaterThan(3_500_000)
    await remove(id)
  })

  it('are disabled at once by a 410, and told from then on when they are enabled again', async () => {
    const to = await receiver()
    to.answer((response) => response.writeHead(410).end())
    const { id } = await hook(to, { contacts: ['owner@example.com'] })
    await makeKey()
    expect(await eventually(async () => !(await call('GET', `/v1/webhooks/${id}`)).body.enabled, 15_000)).toBe(true)
    expect((await call('GET', `/v1/webhooks/${id}`)).body.disabledReason).toContain('410')
    const events = (await call('GET', `/v1/audit/events?type=webhook.disabled&resource=${id}`)).body.items
    expect(events).toHaveLength(1)
    const mails = (await call('GET', '/v1/notices/outbox')).body.items
    expect(mails[0]).toMatchObject({ to: 'owner@example.com', template: 'webhook_disabled' })
    expect(mails[0].text).not.toContain('/hook')
    const meanwhile = await makeKey('meanwhile')
    const [delivery] = await deliveries(id)
    expect((await call('POST', `/v1/webhooks/deliveries/${delivery.id}/resend`)).body.code).toBe('WEBHOOK_DISABLED')
    to.answer((response) => response.writeHead(204).end())
    expect((await call('PATCH', `/v1/webhooks/${id}`, { enabled: true })).body).toMatchObject({
      enabled: true,
      disabledReason: null,
    })
    const later = await makeKey('later')
    expect(await eventually(async () => about(to, later.id).length === 1, 15_000)).toBe(true)
    expect(about(to, meanwhile.id)).toEqual([])
    await remove(id)
  })

  it('are disabled, with an Event and a mail, after failing for days', async () => {
    const to = await receiver()
    to.answer((response) => response.writeHead(503).end())
    const { id } = await hook(to, { contacts: ['ops@example.com'] })
    await makeKey()
    for (let i = 1; i <= 6; i++) {
      await arrived(to, i)
      expect(await eventually(async () => (await deliveries(id))[0].attempts.length === i, 15_000)).toBe(true)
      now += 26 * 3_600_000
    }
    expect(await eventually(async () => !(await call('GET', `/v1/webhooks/${id}`)).body.enabled, 15_000)).toBe(true)
    const [event] = (await call('GET', `/v1/audit/events?type=webhook.disabled&resource=${id}`)).body.items
    expect(event).toMatchObject({ outcome: 'failure', details: { failures: 6 } })
    expect((await call('GET', '/v1/notices/outbox')).body.items[0]).toMatchObject({ to: 'ops@example.com' })
    await remove(id)
  })

  it('are told again by hand, with the same webhook-id', async () => {
    const to = await receiver()
    const { id } = await hook(to)
    await makeKey()
    await arrived(to, 1)
    expect(await eventually(async () => (await deliveries(id))[0].status === 'delivered', 15_000)).toBe(true)
    const [{ id: deliveryId }] = await deliveries(id)
    expect((await call('POST', `/v1/webhooks/deliveries/${deliveryId}/resend`)).status).toBe(202)
    await arrived(to, 2)
    expect(to.received.map(({ headers }) => headers['webhook-id'])).toEqual([deliveryId, deliveryId])
    await remove(id)
  })

  it('follow no redirect, wherever it leads', async () => {
    const [to, inside] = [await receiver(), await receiver()]
    to.answer((response) => response.writeHead(307, { location: inside.url }).end())
    const { id } = await hook(to)
    const tested = await call('POST', `/v1/webhooks/${id}/test`)
    expect(tested.body).toMatchObject({
      type: 'webhook.test',
      status: 'failed',
      attempts: [{ status: 307, reason: 'redirects are not followed' }],
    })
    expect(inside.received).toHaveLength(0)
    await remove(id)
  })

  it('answer a test with what the receiver said, and try it once', async () => {
    const to = await receiver()
    const { id, secret } = await hook(to)
    expect((await call('POST', `/v1/webhooks/${id}/test`)).body).toMatchObject({
      status: 'delivered',
      attempts: [{ status: 204 }],
    })
    expect(verified(secret, to.received[0] as Received).type).toBe('webhook.test')
    to.answer((response) => response.writeHead(500).end())
    expect((await call('POST', `/v1/webhooks/${id}/test`)).body).toMatchObject({ status: 'failed', dueAt: null })
    expect((await call('GET', `/v1/webhooks/${id}`)).body.failingSince).toBeNull()
    await remove(id)
  })

  it('that never answer do not delay others', async () => {
    const [stuck, quick] = [await receiver(), await receiver()]
    stuck.answer(() => undefined)
    const hooks = [await hook(stuck), await hook(quick)]
    const keys = await Promise.all(Array.from({ length: 12 }, (_, i) => makeKey(`many ${i}`)))
    expect(await eventually(async () => keys.every(({ id }) => about(quick, id).length === 1), 15_000)).toBe(true)
    expect(
      await eventually(
        async () =>
          (await deliveries(hooks[0].id, '?status=waiting')).some(
            (it: { attempts: { reason: string }[] }) => it.attempts[0]?.reason === 'no answer within 500 ms',
          ),
        5000,
      ),
    ).toBe(true)
    for (const { id } of hooks) await remove(id)
  })

  it('keep the first bytes of an answer that never ends', async () => {
    const to = await receiver()
    to.answer((response) => {
      response.writeHead(200)
      const timer = setInterval(() => response.write('x'.repeat(65_536)), 1)
      response.on('close', () => clearInterval(timer))
    })
    const { id } = await hook(to)
    const { body } = await call('POST', `/v1/webhooks/${id}/test`)
    expect(body.status).toBe('delivered')
    expect(body.attempts[0].answer).toHaveLength(500)
    await remove(id)
  })

  it('are signed with both secrets while one replaces the other', async () => {
    const to = await receiver()
    const { id, secret } = await hook(to)
    const { body } = await call('POST', `/v1/webhooks/${id}/rotate-secret`, { overlapSeconds: 60 })
    expect(body.secret).not.toBe(secret)
    await call('POST', `/v1/webhooks/${id}/test`)
    const both = to.received[0] as Received
    expect([verified(secret, both).type, verified(body.secret, both).type]).toEqual(['webhook.test', 'webhook.test'])
    now += 61_000
    await call('POST', `/v1/webhooks/${id}/test`)
    expect(String(to.received[1]?.headers['webhook-signature']).split(' ')).toHaveLength(1)
    await remove(id)
  })

  it('show their secret once and keep it nowhere in the open', async () => {
    const to = await receiver()
    const { id, secret } = await hook(to)
    const [read, listed] = [await call('GET', `/v1/webhooks/${id}`), await call('GET', '/v1/webhooks')]
    expect(JSON.stringify([read.body, listed.body])).not.toContain('whsec')
    const rows = await control.serving.system.store
      .tables<{ webhook: { secret: string } }>()
      .selectFrom('webhook')
      .select('secret')
      .execute()
    expect(JSON.stringify(rows)).not.toContain(secret.slice(6))
    const events = (await call('GET', '/v1/audit/events?type=webhook.created')).body
    expect(JSON.stringify(events)).not.toContain('whsec')
    expect(JSON.stringify(events)).not.toContain('/hook')
    await remove(id)
  })

  it('repeated with the same Idempotency-Key are one, and show their secret once', async () => {
    const to = await receiver()
    const headers = { 'idempotency-key': `hook-${Date.now()}` }
    const body = { name: 'once', url: to.url, events: ['key.*'] }
    const made = await control.call(admin, 'POST', '/v1/webhooks', body, headers)
    const again = await control.call(admin, 'POST', '/v1/webhooks', body, headers)
    expect([made.status, again.status]).toEqual([201, 200])
    expect(again.body).toMatchObject({ id: made.body.id, secret: null })
    expect((await control.call(admin, 'POST', '/v1/webhooks', { ...body, name: 'x' }, headers)).status).toBe(422)
    await remove(made.body.id)
  })

  it('change by the version that was read', async () => {
    const to = await receiver()
    const { id } = await hook(to)
    const stale = await control.call(admin, 'PATCH', `/v1/webhooks/${id}`, { name: 'x' }, { 'if-match': '"7"' })
    expect(stale.body.code).toBe('VERSION_STALE')
    const changed = await control.call(admin, 'PATCH', `/v1/webhooks/${id}`, { name: 'x' }, { 'if-match': '"1"' })
    expect(changed.headers.get('etag')).toBe('"2"')
    expect(changed.body).toMatchObject({ name: 'x', url: to.url, events: ['key.*'] })
    expect((await remove(id)).status).toBe(204)
    expect((await call('GET', `/v1/webhooks/${id}`)).body.code).toBe('WEBHOOK_UNKNOWN')
    expect((await call('GET', `/v1/webhooks/${id}/deliveries`)).status).toBe(404)
  })

  it.each([
    [{ url: 'ftp://example.com' }, 'url'],
    [{ url: 'nonsense' }, 'url'],
    [{ url: 'https://user:pass@example.com/' }, 'url'],
    [{ url: 'https://example.com/#x' }, 'url'],
    [{ url: 'http://10.0.0.1/' }, 'url'],
    [{ url: 'http://169.254.169.254/latest/meta-data' }, 'url'],
    [{ url: 'https://[::1]/' }, 'url'],
    [{ url: 'https://[::ffff:10.0.0.1]/' }, 'url'],
    [{ url: 'https://0xa9fea9fe/' }, 'url'],
    [{ url: 'https://[64:ff9b::a00:1]/' }, 'url'],
    [{ events: ['key.nothing'] }, 'events.0'],
    [{ events: ['nothing.*'] }, 'events.0'],
    [{ events: ['key.*', 'KEY.created'] }, 'events.1'],
    [{ events: ['webhook.delivery_failed'] }, 'events.0'],
    [{ events: [] }, 'events'],
    [{ events: Array.from({ length: 101 }, (_, i) => `key.x${i}`) }, 'events'],
    [{ sample: 2 }, 'sample'],
    [{ contacts: ['nobody'] }, 'contacts.0'],
    [{ name: '' }, 'name'],
    [{ surprise: 1 }, 'surprise'],
  ])('refuse %j naming %s', async (more, path) => {
    const body = { name: 'x', url: 'https://example.com/hook', events: ['key.*'], ...more }
    const answer = await call('POST', '/v1/webhooks', body)
    expect(answer.status).toBe(400)
    expect(answer.body.errors.map((error: { path: string }) => error.path)).toContain(path)
  })

  it('are seen with notices:read, changed with notices:manage, and by nobody else', async () => {
    const reader = (await control.keyWith(['notices:read'])).key
    const other = (await control.keyWith(['keys:manage'])).key
    expect((await control.call(reader, 'GET', '/v1/webhooks')).status).toBe(200)
    expect((await control.call(other, 'GET', '/v1/webhooks')).status).toBe(403)
    expect((await control.call(null, 'GET', '/v1/webhooks')).status).toBe(401)
    const made = await control.call(reader, 'POST', '/v1/webhooks', {
      name: 'x',
      url: 'https://example.com',
      events: ['key.*'],
    })
    expect(made.status).toBe(403)
    const events = await control.call(reader, 'GET', '/v1/webhooks/events')
    expect(events.body.items).toEqual(expect.arrayContaining(['key.created', 'key.used', 'key.denied', 'key.revoked']))
  })
})

describe('a webhook whose receiver is away for days', () => {
  it('gives a delivery up after eight attempts, with an Event, and delivers it when asked for again', async () => {
    const world = await (backends[0] as (typeof backends)[number]).open()
    let ahead = 0
    const clock = { now: () => Date.now() + ahead }
    const env = { ...LOCAL, SALLYPORT_NOTICES_WEBHOOKS_DISABLE_AFTER: '90d' }
    const control = await openControl(world, { env, clock })
    const to = await startReceiver()
    try {
      const { key: admin } = await control.keyWith(['*'])
      to.answer((response) => response.writeHead(500).end())
      const hook = { name: 'hook', url: to.url, events: ['key.created'] }
      const { id } = (await control.call(admin, 'POST', '/v1/webhooks', hook)).body
      const only = async () => (await control.call(admin, 'GET', `/v1/webhooks/${id}/deliveries`)).body.items[0]
      await control.call(admin, 'POST', '/v1/keys', { name: 'lost' })
      for (let i = 1; i <= 8; i++) {
        expect(await eventually(async () => (await only())?.attempts.length === i, 15_000)).toBe(true)
        ahead += 29 * 3_600_000
      }
      const { status, id: deliveryId, dueAt } = await only()
      expect([status, dueAt]).toEqual(['failed', null])
      const told = await control.call(admin, 'GET', `/v1/audit/events?type=webhook.delivery_failed&resource=${id}`)
      expect(told.body.items).toMatchObject([
        { details: { delivery: deliveryId, about: 'key.created', attempts: 8, reason: 'answered 500' } },
      ])
      to.answer((response) => response.writeHead(204).end())
      await control.call(admin, 'POST', `/v1/webhooks/deliveries/${deliveryId}/resend`)
      expect(await eventually(async () => (await only()).status === 'delivered', 15_000)).toBe(true)
      expect((await only()).attempts).toHaveLength(9)
    } finally {
      await control.stop()
      await to.close()
      await world.close()
    }
  })
})

describe('a webhook to a name with a private address', () => {
  it('reaches nothing, and says so without the address', async () => {
    const world = await (backends[0] as (typeof backends)[number]).open()
    const { SALLYPORT_NOTICES_WEBHOOKS_ALLOW_PRIVATE_NETWORKS: _, ...env } = LOCAL
    const control = await openControl(world, { env })
    const inside = await startReceiver()
    try {
      const { key: admin } = await control.keyWith(['*'])
      const url = inside.url.replace('127.0.0.1', 'localhost')
      const { id } = (await control.call(admin, 'POST', '/v1/webhooks', { name: 'x', url, events: ['key.*'] })).body
      const { body } = await control.call(admin, 'POST', `/v1/webhooks/${id}/test`)
      expect(body).toMatchObject({ status: 'failed', attempts: [{ status: null }] })
      expect(body.attempts[0].reason).toMatch(/^localhost has a private address/)
      expect(inside.received).toHaveLength(0)
    } finally {
      await control.stop()
      await inside.close()
      await world.close()
    }
  })
})

// What a crash leaves: the event is written, or the delivery is made, and nobody is there any more.
describe.each(backends)('webhooks of several processes on $name', ({ open }) => {
  let world: World
  let place: Place
  let to: Receiver
  let admin: string
  const nodes: RunningSallyport[] = []

  beforeAll(async () => {
    world = await open()
    place = await openPlace(world)
    to = await startReceiver()
    admin = String((await place.json(['keys', 'create', '--name', 'admin', '--permission', '*'])).key)
  })

  afterAll(async () => {
    await Promise.all(nodes.map((node) => node.stop()))
    await to?.close()
    await world?.close()
  })

  const serve = async () => {
    const node = await place.serve({ role: 'control', env: { ...LOCAL, SALLYPORT_NOTICES_WEBHOOKS_TIMEOUT: '1s' } })
    nodes.push(node)
    return node
  }
  const ask = async (node: RunningSallyport, method: string, path: string, body: object) => {
    const headers = { 'x-api-key': admin, 'content-type': 'application/json' }
    const answer = await fetch(`${node.control}${path}`, { method, headers, body: JSON.stringify(body) })
    return (await answer.json()) as { id: string }
  }
  let named = 0
  const services = (node: RunningSallyport, count: number) =>
    Promise.all(Array.from({ length: count }, () => ask(node, 'POST', '/v1/services', { name: `service ${named++}` })))
  const told = (id: string) => to.received.filter(({ json }) => json.data.resource === id)

  it('lose nothing when all die between the event and its delivery', { timeout: 60_000 }, async () => {
    const first = await serve()
    await ask(first, 'POST', '/v1/webhooks', { name: 'x', url: to.url, events: ['service.*'] })
    // Nobody answers, so everything is under way, waiting, or not followed yet when the process dies.
    to.answer(() => undefined)
    const made = await services(first, 20)
    await first.kill()
    const answered = new Set<string>()
    to.answer((response, { json }) => {
      answered.add(json.data.resource)
      response.writeHead(204).end()
    })
    await serve()
    // What was under way is tried again when its process must be gone.
    expect(await eventually(async () => made.every(({ id }) => answered.has(id)), 45_000)).toBe(true)
  })

  it('deliver each once while nobody dies', { timeout: 60_000 }, async () => {
    const [one, two] = await Promise.all([serve(), serve()])
    const made = (await Promise.all([services(one, 15), services(two, 15)])).flat()
    expect(await eventually(async () => made.every(({ id }) => told(id).length >= 1), 20_000)).toBe(true)
    await new Promise((resolve) => setTimeout(resolve, 2500))
    expect(made.map(({ id }) => told(id).length)).toEqual(made.map(() => 1))
  })
})
