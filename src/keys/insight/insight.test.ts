import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { backends, type World } from '../../../test/support/backends.ts'
import type { Caller, EventInput } from '../../core/index.ts'
import type { Store } from '../../store/index.ts'
import { openTestStore, stoppedClock } from '../../store/testing.ts'
import { keyMigrations } from '../migrations/index.ts'
import type { KeyTables } from '../tables.ts'
import { createInsight, type Insight } from './insight.ts'
import { DAY, HOUR, MINUTE } from './span.ts'
import { putRows } from './store.ts'

const KEY = 'key_1hq3v0c9kd5m7w2x8p4t6r1a'
const OTHER = 'key_1hq3v0c9kd5m7w2x8p4t6r1b'
const manager: Caller = {
  principal: {
    kind: 'operator',
    id: 'operator',
    organization: 'org_default',
    scopes: [],
    permissions: ['*'],
    credential: null,
  },
  address: null,
  userAgent: null,
  requestId: null,
}

describe.each(backends)('the traffic of keys on $name', ({ open }) => {
  let world: World
  let store: Store
  let clock: ReturnType<typeof stoppedClock>
  let insight: Insight
  let errors: unknown[]

  beforeEach(async () => {
    world = await open()
    clock = stoppedClock()
    // The begin of a month, so that no test meets the end of a day by chance.
    clock.pass(Date.UTC(2027, 1, 1) - clock.now())
    store = await openTestStore(world, { migrations: keyMigrations, clock })
    errors = []
    insight = started()
  })

  afterEach(async () => {
    await insight.stop()
    expect(errors).toEqual([])
    await store.close()
    await world.close()
  })

  const started = (on: Store = store) =>
    createInsight({
      store: on,
      clock,
      countryOf: (address) => (address.startsWith('192.') ? 'SE' : null),
      onError: (it) => errors.push(it),
    })
  const request = (more: Partial<EventInput> = {}): EventInput => ({
    type: 'request.allowed',
    outcome: 'success',
    credential: KEY,
    organization: 'org_default',
    method: 'GET',
    route: 'orders',
    resource: '/orders/7',
    address: '192.0.2.1',
    status: 200,
    duration: 10,
    ...more,
  })
  const report = async (question: Parameters<Insight['report']>[1] = { period: 'month', series: null }) => {
    const answer = await insight.report(KEY, question)
    if (!answer.ok) throw new Error(JSON.stringify(answer.problem))
    return answer.value
  }
  const rows = async () =>
    store.tables<KeyTables>().selectFrom('api_key_traffic').select(['key_id', 'span', 'rolled', 'requests']).execute()
  const lengths = async () => {
    const counts: Record<string, number> = {}
    for (const { key_id, span } of await rows()) if (key_id === KEY) counts[span] = (counts[span] ?? 0) + 1
    return counts
  }

  it('tells figures, and who came from where for what', async () => {
    for (let i = 0; i < 6; i++) insight.observe(request({ resource: `/orders/${i}` }))
    insight.observe(request({ outcome: 'failure', status: 502, code: 'UPSTREAM_UNREACHABLE', duration: 30 }))
    insight.observe(request({ status: 404, duration: 20 }))
    insight.observe(request({ outcome: 'denied', status: 429, code: 'RATE_LIMITED', duration: 1, address: '10.0.0.1' }))
    insight.observe(
      request({ outcome: 'denied', status: null, duration: null, method: null, route: null, code: 'KEY_EXPIRED' }),
    )
    await insight.flush()
    const { traffic, ...leaders } = await report()
    expect(traffic.month).toMatchObject({
      requests: 10,
      succeeded: 6,
      denied: 2,
      failed: 2,
      successRate: 0.6,
      errorRate: 0.4,
      averageMs: 12.333,
    })
    expect(traffic.hour).toEqual(traffic.month)
    expect(leaders.endpoints).toEqual([
      { method: 'GET', route: 'orders', path: '/orders/{id}', requests: 9, margin: 0 },
    ])
    expect(leaders.addresses).toEqual([
      { address: '192.0.2.1', requests: 9, margin: 0 },
      { address: '10.0.0.1', requests: 1, margin: 0 },
    ])
    expect(leaders.countries).toEqual([{ country: 'SE', requests: 9, margin: 0 }])
    expect(leaders.codes.map(({ code }) => code)).toEqual(['KEY_EXPIRED', 'RATE_LIMITED', 'UPSTREAM_UNREACHABLE'])
  })

  it('is the same before and after it was rolled up, however often, and nothing is counted twice', async () => {
    for (let minute = 0; minute < 3 * 60; minute++) {
      insight.observe(request({ duration: minute + 1, address: `192.0.2.${minute % 30}` }))
      insight.observe(request({ credential: OTHER }))
      if (minute % 7 === 0) await insight.flush()
      clock.pass(MINUTE)
    }
    await insight.flush()
    const before = await report()
    expect(before.traffic.day.requests).toBe(180)
    expect(await lengths()).toEqual({ [MINUTE]: 180 })
    clock.pass(5 * MINUTE)
    expect(await insight.tidy()).toBe(true)
    expect(await lengths()).toEqual({ [MINUTE]: 180, [HOUR]: 3 })
    expect(await report()).toEqual({ ...before, traffic: { ...before.traffic, hour: expect.anything() } })
    clock.pass(DAY - 3 * HOUR)
    await insight.tidy()
    await insight.tidy()
    expect(await lengths()).toMatchObject({ [HOUR]: 3, [DAY]: 1 })
    expect((await report()).traffic.month).toEqual(before.traffic.month)
    expect((await report()).addresses).toEqual(before.addresses)
  })

  it('takes up what comes late into a stretch that was rolled up already', async () => {
    clock.pass(DAY - 10 * MINUTE)
    insight.observe(request())
    await insight.flush()
    const start = clock.now()
    clock.pass(30 * MINUTE)
    await insight.tidy()
    expect(await lengths()).toEqual({ [MINUTE]: 1, [HOUR]: 1, [DAY]: 1 })
    const late = { requests: 5, succeeded: 5, denied: 0, failed: 0, spent: 0, detail: '{}' }
    await store.write((tx) => putRows(tx, [{ ...late, keyId: KEY, span: MINUTE, start, batch: 'nod_late' }]))
    await insight.tidy()
    expect((await report()).traffic.month.requests).toBe(6)
    expect((await lengths())[DAY]).toBe(1)
  })

  it('is deleted when it has had its time: minutes after a day, hours after 31, days after two years', async () => {
    insight.observe(request())
    await insight.flush()
    clock.pass(DAY - MINUTE)
    await insight.tidy()
    expect(await lengths()).toEqual({ [MINUTE]: 1, [HOUR]: 1 })
    clock.pass(HOUR)
    await insight.tidy()
    expect(await lengths()).toEqual({ [HOUR]: 1, [DAY]: 1 })
    clock.pass(31 * DAY)
    await insight.tidy()
    expect(await lengths()).toEqual({ [DAY]: 1 })
    clock.pass(699 * DAY)
    await insight.tidy()
    expect(await lengths()).toEqual({ [DAY]: 1 })
    clock.pass(DAY)
    await insight.tidy()
    expect(await rows()).toEqual([])
  })

  it('of two processes is one, and of a process that tidies while others count as well', async () => {
    const beside = await openTestStore(world, { migrations: keyMigrations, clock })
    const second = started(beside)
    for (let i = 0; i < 40; i++) {
      insight.observe(request())
      second.observe(request({ status: 500, outcome: 'failure' }))
      await Promise.all([insight.flush(), second.flush(), i % 5 === 0 ? insight.tidy() : second.tidy()])
      clock.pass(5 * MINUTE)
    }
    await Promise.all([insight.tidy(), second.tidy()])
    expect((await report()).traffic.month).toMatchObject({ requests: 80, succeeded: 40, failed: 40 })
    await second.stop()
    await beside.close()
  })

  it('answers a series with a point for each stretch, also where nothing came', async () => {
    for (const pause of [0, 2, 1]) {
      clock.pass(pause * HOUR)
      insight.observe(request({ duration: 100 }))
    }
    await insight.flush()
    clock.pass(5 * MINUTE)
    await insight.tidy()
    const now = clock.now()
    const { series } = await report({ period: 'day', series: { by: 'hour', from: now - 4 * HOUR, to: null } })
    expect(series?.points.map(({ requests }) => requests)).toEqual([0, 1, 0, 1, 1])
    expect(series?.points.map(({ at }) => at)).toEqual([4, 3, 2, 1, 0].map((ago) => now - (now % HOUR) - ago * HOUR))
    expect(series?.points[0]).toMatchObject({ successRate: null, p95Ms: null })
    expect(series?.points[4]).toMatchObject({ successRate: 1, averageMs: 100 })
    const days = (await report({ period: 'day', series: { by: 'day', from: null, to: null } })).series
    expect(days?.points).toHaveLength(30)
    expect(days?.points.at(-1)?.requests).toBe(3)
  })

  it.each([
    ['minute', -25 * HOUR, null, 'from'],
    ['hour', -32 * DAY, null, 'from'],
    ['day', -732 * DAY, null, 'from'],
    ['minute', -HOUR, -2 * HOUR, 'from'],
    ['hour', HOUR, null, 'from'],
    ['hour', -HOUR, 2 * HOUR, 'to'],
  ] as const)('refuses a series by %s from %i to %s', async (by, from, to, path) => {
    const now = clock.now()
    const answer = await insight.report(KEY, {
      period: 'day',
      series: { by, from: now + from, to: to === null ? null : now + to },
    })
    expect(answer).toMatchObject({
      ok: false,
      problem: {
        code: 'INPUT_INVALID',
        errors: expect.arrayContaining([expect.objectContaining({ path: `query.${path}` })]),
      },
    })
  })

  it('keeps bounded rows of a key that is used from everywhere for everything', async () => {
    for (let i = 0; i < 5000; i++) {
      insight.observe(
        request({ address: `10.0.${i >> 8}.${i & 255}`, resource: `/${'x'.repeat(i % 30)}/${i}`, code: `C${i}` }),
      )
    }
    await insight.flush()
    const [row] = await store
      .tables<KeyTables>()
      .selectFrom('api_key_traffic')
      .selectAll()
      .where('key_id', '=', KEY)
      .execute()
    expect(row?.requests).toBe(5000)
    expect(row?.detail.length).toBeLessThan(5000)
    expect((await report()).addresses.length).toBeLessThanOrEqual(20)
  })

  it('loses nothing when the database does not answer for a while', async () => {
    const broken: Store = { ...store, write: () => Promise.reject(new Error('away')) }
    let away = true
    const flaky = started({ ...store, write: (work) => (away ? broken.write(work) : store.write(work)) })
    for (let i = 0; i < 5; i++) {
      flaky.observe(request())
      await flaky.flush()
      clock.pass(MINUTE)
    }
    expect(errors.length).toBeGreaterThan(0)
    errors = []
    away = false
    flaky.observe(request())
    await flaky.stop()
    expect((await report()).traffic.month.requests).toBe(6)
  })

  it('leaves alone what is not of a key', async () => {
    insight.observe(request({ credential: null }))
    insight.observe(request({ credential: 'operator' }))
    insight.observe(request({ credential: 'key_of_nobody' }))
    await insight.flush()
    expect(await rows()).toEqual([])
  })

  it('counts on when the clock goes back', async () => {
    insight.observe(request())
    clock.pass(-2 * HOUR)
    insight.observe(request())
    await insight.flush()
    clock.pass(2 * HOUR)
    expect((await report()).traffic.month.requests).toBe(2)
  })

  it('ranks the busiest keys of an organization without asking each', async () => {
    await store.write(async (tx) => {
      for (const id of [KEY, OTHER]) await tx.tables<KeyTables>().insertInto('api_key').values(keyRow(id)).execute()
    })
    for (let i = 0; i < 3; i++) insight.observe(request({ credential: OTHER }))
    insight.observe(request())
    insight.observe(request({ credential: 'key_1hq3v0c9kd5m7w2x8p4t6r1c', organization: 'org_other' }))
    await insight.flush()
    clock.pass(HOUR)
    insight.observe(request())
    await insight.flush()
    await insight.tidy()
    const { items } = await insight.busiest({ period: 'day', most: 10 }, manager)
    expect(items.map(({ id, requests }) => [id, requests])).toEqual([
      [OTHER, 3],
      [KEY, 2],
    ])
    expect((await insight.busiest({ period: 'day', most: 1 }, manager)).items).toHaveLength(1)
    expect((await insight.busiest({ period: 'hour', most: 10 }, manager)).items.map(({ id }) => id)).toEqual([KEY])
    const owner = { ...manager, principal: { ...manager.principal, id: 'svc_a', permissions: [] } }
    expect((await insight.busiest({ period: 'day', most: 10 }, owner)).items.map(({ id }) => id)).toEqual([OTHER, KEY])
    const nobody = { ...manager, principal: { ...manager.principal, id: 'svc_b', permissions: [] } }
    expect((await insight.busiest({ period: 'day', most: 10 }, nobody)).items).toEqual([])
  })
})

function keyRow(id: string): KeyTables['api_key'] {
  return {
    id,
    organization: 'org_default',
    name: id,
    description: '',
    classification: 'LOW',
    owner_kind: 'service',
    owner_id: 'svc_a',
    status: 'active',
    expires_at: Number.MAX_SAFE_INTEGER,
    digest: Buffer.from(id),
    pepper: 1,
    version: 1,
    successor: null,
    rest: '{}',
  }
}
