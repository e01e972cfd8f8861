import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { backends } from '../../test/support/backends.ts'
import { type Event, refused } from '../core/index.ts'
import { refuseHttp } from '../http/index.ts'
import type { Audit, SearchQuery } from './index.ts'
import { type AuditStage, access, openAuditStage, openRaw } from './testing.ts'

describe.each(backends)('the record on $name', ({ open }) => {
  let stage: AuditStage

  beforeEach(async () => {
    stage = await openAuditStage(open)
  })
  afterEach(() => stage.close())

  it('tells of a change exactly when the change itself is there', async () => {
    const { audit, store } = await stage.open()
    await store.write((tx) => audit.append(tx, { type: 'key.created', outcome: 'success', resource: 'key_1' }))
    const broken = store.write(async (tx) => {
      await audit.append(tx, { type: 'key.revoked', outcome: 'success' })
      throw new Error('the change failed')
    })
    await expect(broken).rejects.toThrow('the change failed')
    await store.write(async (tx) => {
      await audit.append(tx, { type: 'key.revoked', outcome: 'success' })
      return refused(refuseHttp('INPUT_INVALID'))
    })
    await store.write((tx) => audit.append(tx, { type: 'key.created', outcome: 'success', resource: 'key_2' }))
    expect((await all(audit)).map(({ resource }) => resource)).toEqual(['key_2', 'key_1'])
    expect(await audit.verify()).toEqual({ ok: true, events: 2, logs: 1, first: null })
  })

  it('gives back every field as it was told, and null for the rest', async () => {
    const { audit } = await stage.open()
    const told = access({ type: 'request.denied', outcome: 'denied', code: 'KEY_REVOKED', details: { reason: 'x' } })
    const event = await audit.commit(told)
    expect(event).toMatchObject({ ...told, at: stage.clock.now(), country: null, traceId: null })
    expect(event.id).toMatch(/^evt_[0-9a-z]{24}$/)
    expect(await all(audit)).toEqual([event])
  })

  it('writes access events within the time it was given, without being asked', async () => {
    const { audit } = await stage.open()
    for (let i = 0; i < 150; i++) audit.record(access({ resource: `/orders/${i}` }))
    await expect.poll(() => all(audit, { limit: 1000 }), { timeout: 5000 }).toHaveLength(150)
    expect(await audit.verify()).toMatchObject({ ok: true, events: 150 })
  })

  it('acknowledges many writers at once, each event once, and the log verifies', async () => {
    const { audit } = await stage.open()
    const other = (await stage.open({ node: 'other' })).audit
    const same = (await stage.open()).audit
    const writers = Array.from({ length: 24 }, async (_, i) => {
      const told = [audit, other, same][i % 3] as Audit
      for (let n = 0; n < 10; n++) await told.commit(access({ resource: `/${i}/${n}` }))
    })
    await Promise.all(writers)
    const events = await all(audit, { limit: 1000 })
    expect(new Set(events.map(({ resource }) => resource)).size).toBe(240)
    expect(await audit.verify()).toEqual({ ok: true, events: 240, logs: 2, first: null })
  })

  it('refuses an unknown type or detail as the bug it is', async () => {
    const { audit } = await stage.open()
    expect(() => audit.record(access({ type: 'request.invented' }))).toThrow('no table of events has the type')
    expect(() => audit.commit(access({ details: { password: 'x' } }))).toThrow('has no detail "password"')
    expect(() => audit.record(access({ duration: Number.NaN }))).toThrow('must be a number')
    await audit.flush()
    expect(await all(audit)).toEqual([])
  })

  it('keeps secrets and control characters out, and texts short', async () => {
    const { audit } = await stage.open()
    const key = `sp_live_${'a1'.repeat(40)}`
    const event = await audit.commit(
      access({
        type: 'key.created',
        resource: `/orders/${key}?api_key=12345`,
        userAgent: `bad\u001b[2J\u0000\u009b ${'x'.repeat(1000)}`,
        requestId: '\ud800',
        details: { name: `Bearer ${key}\n"quoted"\\` },
      }),
    )
    const text = JSON.stringify(await all(audit))
    expect(text).not.toContain('a1a1')
    expect(text).not.toContain('12345')
    expect(event.userAgent).toHaveLength(270)
    expect(event.userAgent?.startsWith('bad\\u{1b}[2J\\u{0}\\u{9b} x')).toBe(true)
    expect(event.requestId).toBe('\\u{d800}')
    expect(event.details?.name).toBe('Bearer [redacted]\\u{a}"quoted"\\')
    expect(await audit.verify()).toMatchObject({ ok: true, events: 1 })
  })

  it('lets nobody change or remove what is written', async () => {
    const { audit, store } = await stage.open()
    await audit.commit(access())
    await audit.checkpoint()
    const attempts = [
      'update event set outcome = outcome',
      'delete from event',
      'update audit_checkpoint set size = size',
      'delete from audit_checkpoint',
      'delete from audit_log',
      'update audit_log set size = 0',
      ...(store.dialect === 'postgres' ? ['truncate event', 'truncate audit_checkpoint', 'truncate audit_log'] : []),
    ]
    const raw = await openRaw(stage.place.databaseUrl)
    for (const attempt of attempts) await expect(raw.run(attempt), attempt).rejects.toThrow()
    await raw.close()
    expect(await audit.verify()).toMatchObject({ ok: true, events: 1 })
  })

  it('finds events by every field, a family of types, a text and a time', async () => {
    const { audit } = await stage.open()
    const start = stage.clock.now()
    await audit.commit(access({ address: '198.51.100.1', requestId: 'req_first' }))
    stage.clock.pass(1000)
    await audit.commit(access({ type: 'request.denied', outcome: 'denied', code: 'KEY_EXPIRED', status: 401 }))
    stage.clock.pass(1000)
    await audit.commit({
      type: 'key.created',
      outcome: 'success',
      resource: 'key_A',
      details: { name: 'Orders Robot' },
    })
    stage.clock.pass(1000)
    await audit.commit({ type: 'key.revoked', outcome: 'success', resource: 'key_B', principal: 'usr_1' })
    const found = async (query: SearchQuery) => (await all(audit, query)).map(({ type }) => type)
    expect(await found({})).toEqual(['key.revoked', 'key.created', 'request.denied', 'request.allowed'])
    expect(await found({ type: 'key.*' })).toEqual(['key.revoked', 'key.created'])
    expect(await found({ type: 'request.*' })).toEqual(['request.denied', 'request.allowed'])
    expect(await found({ type: 'r*' })).toEqual(['request.denied', 'request.allowed'])
    expect(await found({ type: '*' })).toHaveLength(4)
    expect(await found({ type: 'key.created' })).toEqual(['key.created'])
    expect(await found({ outcome: 'denied' })).toEqual(['request.denied'])
    expect(await found({ outcome: 'success', type: 'request.*' })).toEqual(['request.allowed'])
    expect(await found({ code: 'KEY_EXPIRED' })).toEqual(['request.denied'])
    expect(await found({ status: 401 })).toEqual(['request.denied'])
    expect(await found({ address: '198.51.100.1' })).toEqual(['request.allowed'])
    expect(await found({ requestId: 'req_first' })).toEqual(['request.allowed'])
    expect(await found({ principal: 'usr_1' })).toEqual(['key.revoked'])
    expect(await found({ resource: 'key_A' })).toEqual(['key.created'])
    expect(await found({ credential: access().credential ?? '' })).toEqual(['request.denied', 'request.allowed'])
    expect(await found({ organization: 'org_other' })).toEqual([])
    expect(await found({ text: 'orders ROBOT' })).toEqual(['key.created'])
    expect(await found({ since: start + 1000, until: start + 3000 })).toEqual(['key.created', 'request.denied'])
  })

  it('pages through all events once, though new ones are written meanwhile', async () => {
    const { audit } = await stage.open()
    const other = (await stage.open({ node: 'other' })).audit
    for (let i = 0; i < 20; i++) {
      for (const one of [audit, other]) for (let n = 0; n < 4; n++) one.record(access({ resource: `/${i}` }))
      if (i % 3 === 0) stage.clock.pass(1)
    }
    await Promise.all([audit.flush(), other.flush()])
    const seen: Event[] = []
    let cursor: string | undefined
    do {
      const page = await audit.search({ limit: 7, cursor })
      if (!page.ok) throw new Error(page.problem.code)
      seen.push(...page.value.items)
      cursor = page.value.nextCursor ?? undefined
      stage.clock.pass(1)
      await audit.commit(access({ resource: '/late' }))
    } while (cursor !== undefined)
    expect(seen).toHaveLength(160)
    expect(new Set(seen.map(({ id }) => id)).size).toBe(160)
    expect(seen.map(({ at }) => at)).toEqual(seen.map(({ at }) => at).toSorted((a, b) => b - a))
    expect(await audit.search({ cursor: 'bm90IGEgY3Vyc29y' })).toMatchObject({
      ok: false,
      problem: { code: 'CURSOR_INVALID' },
    })
  })

  it('is followed as it grows, from now or from an event on, by any process', async () => {
    const { audit } = await stage.open()
    const other = (await stage.open()).audit
    const first = await audit.commit(access({ resource: '/before' }))
    const ending = new AbortController()
    const seen: (string | null)[] = []
    const follow = async (options: { after?: string }) => {
      for await (const { event } of other.tail({ ...options, signal: ending.signal })) seen.push(event.resource)
    }
    const fromNow = follow({})
    await expect.poll(() => audit.search({})).toMatchObject({ ok: true })
    await new Promise((resolve) => setTimeout(resolve, 100))
    stage.clock.pass(1)
    await audit.commit(access({ resource: '/one' }))
    await audit.commit(access({ type: 'request.denied', outcome: 'denied', resource: '/two' }))
    await expect.poll(() => seen, { timeout: 5000 }).toEqual(['/one', '/two'])
    const fromFirst = follow({ after: first.id })
    await expect.poll(() => seen, { timeout: 5000 }).toEqual(['/one', '/two', '/one', '/two'])
    ending.abort()
    await Promise.all([fromNow, fromFirst])
  })

  it('tells how many access events were lost when more came than could wait', async () => {
    let lost = 0
    const { audit } = await stage.open({
      settings: { flushEvery: 60_000, queue: 100, checkpointEvery: 60_000, checkpointFile: null },
      onDropped: (count) => {
        lost += count
      },
    })
    for (let i = 0; i < 130; i++) audit.record(access())
    expect(lost).toBe(30)
    await audit.flush()
    for (let i = 0; i < 50; i++) audit.record(access())
    await audit.flush()
    const told = await all(audit, { type: 'audit.dropped' })
    expect(told.map(({ details }) => details)).toEqual([{ count: 30 }])
    expect(await audit.verify()).toMatchObject({ ok: true, events: 151 })
  })

  it('loses no access event while the database refuses them and the queue has room', async () => {
    const errors: unknown[] = []
    const { audit } = await stage.open({ onError: (error) => errors.push(error) })
    await audit.commit(access())
    const raw = await openRaw(stage.place.databaseUrl)
    await raw.run('alter table event rename to away')
    for (let i = 0; i < 20; i++) audit.record(access({ resource: `/${i}` }))
    await expect(audit.flush()).rejects.toThrow()
    await expect.poll(() => errors.length, { timeout: 5000 }).toBeGreaterThan(0)
    await raw.run('alter table away rename to event')
    await raw.close()
    await expect.poll(() => all(audit, { limit: 1000 }).catch(() => []), { timeout: 10_000 }).toHaveLength(21)
    expect(await audit.verify()).toMatchObject({ ok: true, events: 21 })
  })

  it('writes what waits and signs a last checkpoint when it stops', async () => {
    const { audit } = await stage.open()
    audit.record(access())
    await audit.stop()
    const next = (await stage.open()).audit
    expect(await next.verify()).toMatchObject({ ok: true, events: 1 })
    expect(await next.checkpoint()).toEqual([])
  })
})

async function all(audit: Audit, query: SearchQuery = {}): Promise<readonly Event[]> {
  const page = await audit.search({ limit: 100, ...query })
  if (!page.ok) throw new Error(page.problem.code)
  return page.value.items
}
