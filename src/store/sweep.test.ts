import { sql } from 'kysely'
import { describe, expect, it } from 'vitest'
import { backends } from '../../test/support/backends.ts'
import { CHANGE_MS } from './change.ts'
import { claimIdempotency, IDEMPOTENCY_MS } from './idempotency.ts'
import type { Store } from './store.ts'
import { sweep } from './sweep.ts'
import { stoppedClock, useStage } from './testing/stage.ts'

describe.each(backends)('sweeping on $name', (backend) => {
  const { open } = useStage(backend.open)

  async function filled(clock: ReturnType<typeof stoppedClock>): Promise<Store> {
    const store = await open({ clock })
    await store.write(async (tx) => {
      await tx.announce('keys', 'old')
      await claimIdempotency(tx, { scope: 's', key: 'old', fingerprint: 'f', ref: 'r', now: clock.now() })
    })
    return store
  }

  const rowsOf = async (store: Store) => {
    const { rows } = await sql<object>`
      select (select count(*) from change) as changes, (select count(*) from idempotency) as keys`.execute(
      store.tables(),
    )
    return { ...rows[0] }
  }

  it('deletes what has had its time, and nothing younger', async () => {
    const clock = stoppedClock()
    const store = await filled(clock)
    const deps = { write: store.write, leases: store.leases, clock }
    clock.pass(CHANGE_MS)
    await sweep(deps)
    expect(await rowsOf(store)).toEqual({ changes: 1, keys: 1 })
    clock.pass(1)
    await sweep(deps)
    expect(await rowsOf(store)).toEqual({ changes: 0, keys: 1 })
    clock.pass(IDEMPOTENCY_MS - CHANGE_MS)
    await sweep(deps)
    expect(await rowsOf(store)).toEqual({ changes: 0, keys: 0 })
  })

  it('is left to the process that is sweeping already', async () => {
    const clock = stoppedClock()
    const store = await filled(clock)
    clock.pass(CHANGE_MS + 1)
    const lease = await store.leases.take('store.sweep', 60_000)
    await sweep({ write: store.write, leases: store.leases, clock })
    expect(await rowsOf(store)).toEqual({ changes: 1, keys: 1 })
    await lease?.release()
  })
})
