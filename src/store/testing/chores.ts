import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { type Chore, startChore } from '../chore.ts'
import type { Store } from '../store.ts'
import type { Stage } from './stage.ts'

const HOUR = 3_600_000

const chore = (store: Store, work: () => Promise<void>): Chore =>
  startChore({
    leases: store.leases,
    name: 'sweep',
    every: HOUR,
    lease: HOUR,
    work,
    onError: () => undefined,
  })

export function choresContract({ open }: Stage): void {
  it('is done by one of many that try at once, in one process or two', async () => {
    const [one, other] = await Promise.all([open(), open()])
    let done = 0
    const work = async () => {
      await sleep(100)
      done += 1
    }
    const chores = Array.from({ length: 6 }, (_, i) => chore(i % 2 === 0 ? one : other, work))
    const answers = await Promise.all(chores.map((it) => it.run()))
    expect(answers.filter(Boolean)).toHaveLength(done)
    expect(done).toBeGreaterThan(0)
    expect(done).toBeLessThan(6)
    await Promise.all(chores.map((it) => it.stop()))
  })

  it('may be done again after it failed, and not once it was stopped', async () => {
    const store = await open()
    let attempts = 0
    const failing = chore(store, async () => {
      attempts += 1
      if (attempts === 1) throw new Error('the first attempt fails')
    })
    await expect(failing.run()).rejects.toThrow('the first attempt fails')
    expect(await failing.run()).toBe(true)
    await failing.stop()
    expect(await failing.run()).toBe(false)
  })
}
