import { expect, it, vi } from 'vitest'
import { createMemoryBus } from '../bus.ts'
import { CHANGE_MS } from '../change.ts'
import type { Store } from '../store.ts'
import { type Stage, stoppedClock } from './stage.ts'

const announce = (store: Store, topic: string, ...refs: string[]) =>
  store.write(async (tx) => {
    for (const ref of refs) await tx.announce(topic, ref)
  })

function hear(store: Store, topic: string): (string | null)[] {
  const heard: (string | null)[] = []
  store.changes.subscribe(topic, (ref) => heard.push(ref))
  return heard
}

export function changesContract({ open }: Stage): void {
  // A bus of its own is a bus that is cut: only the rows are left.
  const alone = () => ({ bus: createMemoryBus() })

  it('tells its own subscribers before the write is answered', async () => {
    const store = await open(alone())
    const heard = hear(store, 'keys')
    await announce(store, 'keys', 'a', 'b')
    expect(heard.slice(0, 2)).toEqual(['a', 'b'])
  })

  it('tells another store by the bus', async () => {
    const bus = createMemoryBus()
    const shared = await open()
    const [one, other] =
      shared.dialect === 'sqlite' ? [await open({ bus }), await open({ bus })] : [shared, await open()]
    const heard = hear(other, 'keys')
    await announce(one, 'keys', 'a')
    await vi.waitFor(() => expect(heard).toContain('a'), { timeout: 1000 })
  })

  it('tells another store though the bus is cut', async () => {
    const [one, other] = [await open(alone()), await open(alone())]
    const heard = hear(other, 'keys')
    await announce(one, 'keys', 'a')
    await vi.waitFor(() => expect(heard).toEqual(['a']), { timeout: 5000 })
  })

  it('tells each change once by poll, in order, and only to its topic', async () => {
    const [one, other] = [await open(alone()), await open(alone())]
    const [keys, routes] = [hear(other, 'keys'), hear(other, 'routes')]
    await announce(one, 'keys', 'a', 'b')
    await other.changes.poll()
    await announce(one, 'routes', 'r')
    await other.changes.poll()
    await other.changes.poll()
    expect({ keys, routes }).toEqual({ keys: ['a', 'b'], routes: ['r'] })
  })

  it('tells nothing of a change that was rolled back', async () => {
    const [one, other] = [await open(alone()), await open(alone())]
    const [own, others] = [hear(one, 'keys'), hear(other, 'keys')]
    const failing = one.write(async (tx) => {
      await tx.announce('keys', 'never')
      throw new Error('after all')
    })
    await expect(failing).rejects.toThrow('after all')
    await Promise.all([one.changes.poll(), other.changes.poll()])
    expect({ own, others }).toEqual({ own: [], others: [] })
  })

  it('tells nothing to whoever has left', async () => {
    const store = await open(alone())
    const heard: unknown[] = []
    const leave = store.changes.subscribe('keys', (ref) => heard.push(ref))
    leave()
    await announce(store, 'keys', 'a')
    await store.changes.poll()
    expect(heard).toEqual([])
  })

  it('tells everybody to drop everything when it slept too long to know', async () => {
    const clock = stoppedClock()
    const [other, store] = [await open({ ...alone(), clock }), await open({ ...alone(), clock })]
    const [keys, routes] = [hear(store, 'keys'), hear(store, 'routes')]
    await announce(other, 'keys', 'a')
    clock.pass(CHANGE_MS)
    await store.changes.poll()
    expect({ keys, routes }).toEqual({ keys: [null], routes: [null] })
    await store.changes.poll()
    expect(keys).toEqual([null])
  })

  it('reports a subscriber that throws and tells the others', async () => {
    const errors: unknown[] = []
    const store = await open({ bus: createMemoryBus(() => undefined), onError: (error) => errors.push(error) })
    store.changes.subscribe('keys', () => {
      throw new Error('deaf')
    })
    const heard = hear(store, 'keys')
    await announce(store, 'keys', 'a')
    expect(heard[0]).toBe('a')
    expect(errors.length).toBeGreaterThan(0)
  })
}
