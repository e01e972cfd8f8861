import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { isRefused, problemsOf, refused } from '../../core/index.ts'
import type { Transaction } from '../store.ts'
import type { SampleTables } from './sample.ts'
import { idsOf, insert, type Stage } from './stage.ts'

const refuse = problemsOf({ TAKEN: { status: 409, title: 'Taken', detail: 'Choose another.' } })

const add = (tx: Transaction, id: string) => tx.tables<SampleTables>().insertInto('thing').values({ id }).execute()

export function writingContract({ open }: Stage): void {
  it('keeps what was acknowledged after closing and opening again', async () => {
    const store = await open()
    await insert(store, { id: 'kept' })
    await store.close()
    expect(await idsOf(await open())).toEqual(['kept'])
  })

  it('rolls back a work that throws, and none of those beside it', async () => {
    const store = await open()
    const works = Array.from({ length: 20 }, (_, i) =>
      store.write(async (tx) => {
        await add(tx, `n${String(i).padStart(2, '0')}`)
        if (i % 2 === 1) throw new Error(`no ${i}`)
        return i
      }),
    )
    const answers = await Promise.allSettled(works)
    expect(answers.filter(({ status }) => status === 'rejected')).toHaveLength(10)
    expect(await idsOf(store)).toEqual(['n00', 'n02', 'n04', 'n06', 'n08', 'n10', 'n12', 'n14', 'n16', 'n18'])
  })

  it('rolls back a work whose query fails, and none of those beside it', async () => {
    const store = await open()
    await insert(store, { id: 'taken' })
    const twice = store.write(async (tx) => {
      await add(tx, 'before')
      await add(tx, 'taken')
    })
    const [failed, other] = await Promise.allSettled([twice, insert(store, { id: 'beside' })])
    expect([failed.status, other.status]).toEqual(['rejected', 'fulfilled'])
    expect(await idsOf(store)).toEqual(['beside', 'taken'])
  })

  it('rolls back a refused work and returns its refusal', async () => {
    const store = await open()
    const answer = await store.write(async (tx) => {
      await add(tx, 'never')
      await tx.announce('things', 'never')
      tx.afterCommit(() => expect.unreachable())
      return refused(refuse('TAKEN'))
    })
    expect(isRefused(answer) && answer.problem.code).toBe('TAKEN')
    expect(await idsOf(store)).toEqual([])
  })

  it('shows a transaction its own writes, and others only after the commit', async () => {
    const store = await open()
    const seen = await store.write(async (tx) => {
      await add(tx, 'new')
      const inside = await tx.tables<SampleTables>().selectFrom('thing').select('id').execute()
      return { inside: inside.length, outside: (await idsOf(store)).length }
    })
    expect(seen).toEqual({ inside: 1, outside: 0 })
    expect(await idsOf(store)).toEqual(['new'])
  })

  it('runs what waits for the commit after it, even when one of them throws', async () => {
    const errors: unknown[] = []
    const store = await open({ onError: (error) => errors.push(error) })
    const order: string[] = []
    await store.write(async (tx) => {
      tx.afterCommit(() => {
        throw new Error('mine alone')
      })
      tx.afterCommit(() => order.push('after'))
      order.push('inside')
    })
    expect(order).toEqual(['inside', 'after'])
    expect(errors).toHaveLength(1)
  })

  it('refuses a write inside a write instead of waiting for itself', async () => {
    const store = await open()
    await expect(store.write(() => insert(store, { id: 'inner' }))).rejects.toThrow('inside write')
    await insert(store, { id: 'later' })
    expect(await idsOf(store)).toEqual(['later'])
  })

  it('takes a write that a work began to prepare and that comes after it', async () => {
    const store = await open()
    const { later } = await store.write(async () => ({ later: sleep(20).then(() => insert(store, { id: 'later' })) }))
    await later
    expect(await idsOf(store)).toEqual(['later'])
  })

  it('refuses a query whose await was forgotten, once its transaction is over', async () => {
    const store = await open()
    const tables = await store.write(async (tx) => ({ late: tx.tables<SampleTables>() }))
    await expect(tables.late.insertInto('thing').values({ id: 'late' }).execute()).rejects.toThrow(
      /await is missing|already committed/,
    )
    expect(await idsOf(store)).toEqual([])
  })

  it('refuses to write outside a transaction', async () => {
    const store = await open()
    const outside = store.tables<SampleTables>().insertInto('thing').values({ id: 'outside' }).execute()
    await expect(outside).rejects.toThrow(/read-?only/)
  })

  it('lets exactly one of fifty compare-and-sets win', async () => {
    const store = await open()
    await insert(store, { id: 'once', count: 0 })
    const attempts = Array.from({ length: 50 }, (_, i) =>
      store.write(async (tx) => {
        const { numUpdatedRows } = await tx
          .tables<SampleTables>()
          .updateTable('thing')
          .set({ count: i + 1 })
          .where('id', '=', 'once')
          .where('count', '=', 0)
          .executeTakeFirstOrThrow()
        return numUpdatedRows === 1n
      }),
    )
    expect((await Promise.all(attempts)).filter(Boolean)).toHaveLength(1)
  })

  it('answers readiness while open, and neither reads nor writes once closed', async () => {
    const store = await open()
    expect(await store.ready()).toBe(true)
    await store.close()
    await store.close()
    expect(await store.ready()).toBe(false)
    await expect(insert(store, { id: 'late' })).rejects.toThrow()
  })

  it('finishes the writes that wait when it is closed', async () => {
    const store = await open()
    const writes = Array.from({ length: 10 }, (_, i) => insert(store, { id: `w${i}` }))
    await store.close()
    await Promise.all(writes)
    expect(await idsOf(await open())).toHaveLength(10)
  })
}
