import { expect, it } from 'vitest'
import { claimIdempotency, IDEMPOTENCY_MS } from '../idempotency.ts'
import type { Store } from '../store.ts'
import { type Stage, stoppedClock } from './stage.ts'

const claim = (
  store: Store,
  changes: { key?: string; scope?: string; fingerprint?: string; ref?: string; now?: number },
) => store.write((tx) => claimIdempotency(tx, { scope: 's', key: 'k', fingerprint: 'f', ref: 'r', now: 0, ...changes }))

export function leasesContract({ open }: Stage): void {
  it('gives a lease to one of many that ask at once, in one process or two', async () => {
    const [one, other] = await Promise.all([open(), open()])
    const asked = Array.from({ length: 20 }, (_, i) => (i % 2 === 0 ? one : other).leases.take('work', 60_000))
    expect((await Promise.all(asked)).filter((lease) => lease !== null)).toHaveLength(1)
  })

  it('gives it to the next once released, with a greater fence', async () => {
    const store = await open()
    const first = await store.leases.take('work', 60_000)
    expect(await store.leases.take('work', 60_000)).toBeNull()
    await first?.release()
    const second = await store.leases.take('work', 60_000)
    expect(second?.fence).toBeGreaterThan(first?.fence ?? Number.POSITIVE_INFINITY)
    expect(await store.leases.take('other work', 60_000)).not.toBeNull()
  })

  it('falls free when its time has passed, and not before', async () => {
    const clock = stoppedClock()
    const [one, other] = [await open({ clock }), await open({ clock })]
    const first = await one.leases.take('work', 1000)
    clock.pass(999)
    expect(await other.leases.take('work', 1000)).toBeNull()
    clock.pass(1)
    const second = await other.leases.take('work', 1000)
    expect(second?.fence).toBeGreaterThan(first?.fence ?? Number.POSITIVE_INFINITY)
    expect(await first?.renew()).toBe(false)
    await first?.release()
    expect(await one.leases.take('work', 1000)).toBeNull()
  })

  it('is neither renewed nor released by who held it before, in the same process too', async () => {
    const clock = stoppedClock()
    const store = await open({ clock })
    const first = await store.leases.take('work', 1000)
    clock.pass(1000)
    expect(await first?.renew()).toBe(false)
    await store.leases.take('work', 1000)
    expect(await first?.renew()).toBe(false)
    await first?.release()
    expect(await store.leases.take('work', 1000)).toBeNull()
  })

  it('is held on by renewing', async () => {
    const clock = stoppedClock()
    const store = await open({ clock })
    const lease = await store.leases.take('work', 1000)
    clock.pass(900)
    expect(await lease?.renew()).toBe(true)
    clock.pass(900)
    expect(await store.leases.take('work', 1000)).toBeNull()
  })

  it.each([0, -1, 1.5, Number.NaN])('refuses a lease of %s ms', async (ttl) => {
    const store = await open()
    await expect(store.leases.take('work', ttl)).rejects.toThrow(RangeError)
  })
}

export function idempotencyContract({ open }: Stage): void {
  it('is new once, then a repeat of what was made, and a conflict for another request', async () => {
    const store = await open()
    expect(await claim(store, { ref: 'first' })).toEqual({ is: 'new' })
    expect(await claim(store, { ref: 'second' })).toEqual({ is: 'repeat', ref: 'first' })
    expect(await claim(store, { fingerprint: 'another' })).toEqual({ is: 'conflict' })
    expect(await claim(store, { scope: 'somebody else' })).toEqual({ is: 'new' })
    expect(await claim(store, { key: 'K' })).toEqual({ is: 'new' })
  })

  it('is new for one of twenty at once', async () => {
    const store = await open()
    const answers = await Promise.all(Array.from({ length: 20 }, (_, i) => claim(store, { ref: `r${i}` })))
    expect(answers.filter(({ is }) => is === 'new')).toHaveLength(1)
    expect(answers.filter(({ is }) => is === 'repeat')).toHaveLength(19)
    const refs = new Set(answers.map((answer) => (answer.is === 'repeat' ? answer.ref : '')).filter(Boolean))
    expect(refs.size).toBe(1)
  })

  it('is forgotten after a day', async () => {
    const store = await open()
    await claim(store, { now: 1, ref: 'old' })
    expect(await claim(store, { now: IDEMPOTENCY_MS })).toEqual({ is: 'repeat', ref: 'old' })
    expect(await claim(store, { now: IDEMPOTENCY_MS + 1, fingerprint: 'another' })).toEqual({ is: 'new' })
  })

  it('is not spent by a request that fails', async () => {
    const store = await open()
    const failing = store.write(async (tx) => {
      await claimIdempotency(tx, { scope: 's', key: 'k', fingerprint: 'f', ref: 'r', now: 0 })
      throw new Error('after the claim')
    })
    await expect(failing).rejects.toThrow('after the claim')
    expect(await claim(store, {})).toEqual({ is: 'new' })
  })
}
