import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { backends, type World } from '../../test/support/backends.ts'
import type { Store } from '../store/index.ts'
import { openTestStore } from '../store/testing.ts'
import { noticeMigrations } from './migrations/index.ts'
import { enqueue } from './queue.ts'
import { sweepMessages } from './send-messages.ts'
import { tablesOf } from './tables.ts'

const MINUTE = 60_000
const now = Date.UTC(2026, 10, 21)
const bodies = { seal: (id: string, text: string) => `${id}:${text}`, open: (_id: string, sealed: string) => sealed }

describe.each(backends)('messages that are kept on $name', ({ open }) => {
  let world: World
  let store: Store
  let close: () => Promise<void>

  beforeAll(async () => {
    world = await open()
    const opened = await openTestStore(world, { migrations: noticeMigrations })
    store = opened
    close = opened.close
  })

  afterAll(async () => {
    await close?.()
    await world?.close()
  })

  const keep = (recipient: string, data: Record<string, unknown>) => {
    const deps = { clock: { now: () => now }, channel: 'mail', bodies, keepOnly: true, nudge: () => undefined } as const
    const draft = { recipient, data, template: 'x', subject: 'x', text: 'hello', organization: undefined }
    return store.write((tx) => enqueue(deps, tx, [draft]))
  }
  const kept = async () => {
    const rows = await tablesOf(store).selectFrom('mail').select(['recipient', 'body']).orderBy('recipient').execute()
    return rows.map(({ recipient, body }) => [recipient, body.replace(/^eml_\w+/, 'sealed')])
  }

  it('are blanked once their link or code works no longer, and forgotten when they have had their time', async () => {
    await keep('a@example.com', { link: 'https://example.com', minutes: 30 })
    await keep('b@example.com', { link: 'https://example.com', hours: 1 })
    await keep('c@example.com', { name: 'Ada', minutes: 1 })
    await sweepMessages(store, { before: now - 1, now: now + 30 * MINUTE })
    expect(await kept()).toEqual([
      ['a@example.com', ''],
      ['b@example.com', 'sealed:hello'],
      ['c@example.com', 'hello'],
    ])
    await sweepMessages(store, { before: now + 1, now: now + 30 * MINUTE })
    expect(await kept()).toEqual([])
  })

  it('are a thousand at the most: the oldest go', { timeout: 120_000 }, async () => {
    const rows = Array.from({ length: 1_001 }, (_, i) => `n${i}@example.com`)
    await store.write(async (tx) => {
      const deps = { channel: 'mail', bodies, keepOnly: true, nudge: () => undefined } as const
      for (const [i, recipient] of rows.entries()) {
        const draft = { recipient, data: {}, template: 'x', subject: 'x', text: 'x', organization: undefined }
        await enqueue({ ...deps, clock: { now: () => now + i } }, tx, [draft])
      }
    })
    const left = (await kept()).map(([recipient]) => recipient)
    expect(left).toHaveLength(1_000)
    expect(left).not.toContain('n0@example.com')
  })
})
