import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { backends, type World } from '../../test/support/backends.ts'
import { Secret } from '../core/index.ts'
import { openTestStore } from '../store/testing.ts'
import { createEntryMaker } from './entry.ts'
import { createLogWriter } from './log.ts'
import { auditMigrations } from './migrations/index.ts'
import { createThreadWriter } from './thread.ts'

const [sqlite] = backends
const clock = { now: () => Date.now() }
const make = createEntryMaker([{ 'request.allowed': { sentence: '', details: [] } }], clock)
const entries = (count: number) =>
  Array.from({ length: count }, (_, i) =>
    make({ type: 'request.allowed', outcome: 'success', resource: `/${i}`, userAgent: 'two\nlines' }),
  )

const rests = (count: number) => entries(count).map(({ rest }) => rest)

describe('the thread that writes access events', () => {
  let world: World
  let store: Awaited<ReturnType<typeof openTestStore>>

  beforeEach(async () => {
    world = await (sqlite as NonNullable<typeof sqlite>).open()
    store = await openTestStore(world, { migrations: auditMigrations })
  })

  afterEach(async () => {
    await store.close()
    await world.close()
  })

  const count = async () => {
    const row = await store
      .tables<{ event: { place: number } }>()
      .selectFrom('event')
      .select((eb) => eb.fn.countAll<number>().as('n'))
      .executeTakeFirstOrThrow()
    return row.n
  }

  it('has them on the disk when it says so, in one log with what the main thread writes meanwhile', async () => {
    const thread = createThreadWriter({ url: new Secret(world.databaseUrl), name: 'main', onError: () => undefined })
    const append = createLogWriter({ dialect: 'sqlite', clock, name: 'main' })
    const mine = Array.from({ length: 20 }, () => store.write((tx) => append(tx, entries(1))))
    await Promise.all([thread.write(rests(100)), thread.write(rests(50)), ...mine])
    expect(await count()).toBe(170)
    const [log] = await store.tables<{ audit_log: { size: number } }>().selectFrom('audit_log').select('size').execute()
    expect(log?.size).toBe(170)
    await thread.stop()
  })

  it('refuses what it could not write, and starts again for the next batch', async () => {
    const errors: unknown[] = []
    const thread = createThreadWriter({
      url: new Secret(world.databaseUrl),
      name: 'main',
      onError: (error) => errors.push(error),
    })
    await thread.write(rests(1))
    const pending = thread.write(rests(5000))
    const refused = expect(pending).rejects.toThrow('ended')
    await thread.stop()
    await refused
    const before = await count()
    await thread.write(rests(2))
    expect(await count()).toBe(before + 2)
    await thread.stop()
  })
})
