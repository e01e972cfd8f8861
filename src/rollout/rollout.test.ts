import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { backends } from '../../test/support/backends.ts'
import { anonymous, type Caller, type EventInput, type FieldError } from '../core/index.ts'
import type { Store } from '../store/index.ts'
import { openTestStore, stoppedClock } from '../store/testing.ts'
import { rolloutMigrations } from './migrations/index.ts'
import { createRollout, type Rollout, type RolloutDeps } from './rollout.ts'

const KEPT = 100
const WHATEVER = { from: null, dry: false }
const caller: Caller = {
  principal: { ...anonymous, kind: 'user', id: 'usr_admin' },
  address: null,
  userAgent: null,
  requestId: null,
}

describe.each(backends)('versions of what the gateway is told to be on $name', ({ open }) => {
  let world: Awaited<ReturnType<typeof open>>
  let store: Store
  let events: EventInput[]
  let wrong: readonly FieldError[]

  beforeEach(async () => {
    world = await open()
    store = await openTestStore(world, { migrations: rolloutMigrations, clock: stoppedClock() })
    events = []
    wrong = []
  })

  afterEach(async () => {
    await store.close()
    await world.close()
  })

  const rolloutOf = (more: Partial<RolloutDeps> = {}): Rollout =>
    createRollout({
      store,
      audit: { append: async (_: unknown, event: EventInput) => void events.push(event) } as never,
      clock: stoppedClock(),
      source: 'applied',
      tryOut: async () => wrong,
      rulesAll: () => true,
      ...more,
    })
  const versionsOf = async (rollout: Rollout) =>
    (await rollout.seen.list({ before: null, limit: 1000 })).map(({ version }) => version)

  it('are kept up to a hundred, and the oldest is forgotten first', async () => {
    const filed = rolloutOf({ source: 'file' })
    for (let port = 1; port <= KEPT + 2; port++) await filed.note({ hosts: [`h${port}.example.com`] })
    expect(await versionsOf(filed)).toEqual(Array.from({ length: KEPT }, (_, i) => KEPT + 2 - i))
    const gone = await filed.seen.get(2)
    expect(gone.ok ? null : gone.problem.code).toBe('CONFIGURATION_VERSION_UNKNOWN')
  })

  it('are not made of what says the same, whatever the order of its names', async () => {
    const rollout = rolloutOf()
    await rollout.apply(
      { hosts: ['a.test'], upstreams: { x: { targets: ['http://a'], connections: 1 } } },
      WHATEVER,
      caller,
    )
    const same = { upstreams: { x: { connections: 1, targets: ['http://a'] } }, hosts: ['a.test'] }
    const again = await rollout.apply(same, WHATEVER, caller)
    expect(again).toMatchObject({ ok: true, value: { version: { version: 1 }, changes: [] } })
    expect(events.map(({ type, details }) => [type, details?.version])).toEqual([['configuration.applied', 1]])
  })

  it('follow each other, however many are made at once, and none is lost', async () => {
    const rollout = rolloutOf()
    const ids = ['a', 'b', 'c', 'd']
    const made = await Promise.all(ids.map((id) => rollout.putRoute({ id }, WHATEVER, caller)))
    expect(made.map(({ ok }) => ok)).toEqual([true, true, true, true])
    expect(await versionsOf(rollout)).toEqual([4, 3, 2, 1])
    for (const id of ids) expect((await rollout.seen.route(id)).ok).toBe(true)
  })

  it('begin with one file alone where they are applied, however many processes start', async () => {
    const rollout = rolloutOf()
    const noted = await Promise.all(['a', 'b', 'c'].map((host) => rollout.note({ hosts: [host] })))
    expect(new Set(noted.map(({ digest }) => digest)).size).toBe(1)
    expect(await versionsOf(rollout)).toEqual([1])
  })

  it('are not made of what is wrong, is only tried, or comes from somebody who may not', async () => {
    const code = async (made: ReturnType<Rollout['apply']>) => {
      const result = await made
      return result.ok ? 'made' : result.problem.code
    }
    expect(await code(rolloutOf().apply({}, { from: 1, dry: false }, caller))).toBe('VERSION_STALE')
    expect(await code(rolloutOf({ source: 'file' }).apply({}, WHATEVER, caller))).toBe('CONFIGURATION_IN_FILES')
    const stranger = rolloutOf({ rulesAll: () => false })
    expect(await code(stranger.apply({}, WHATEVER, caller))).toBe('CONFIGURATION_OF_THE_INSTALLATION')
    expect(await code(rolloutOf().apply({ hosts: ['a'] }, { from: 0, dry: true }, caller))).toBe('made')
    wrong = [{ path: 'gateway.routes', message: 'is wrong' }]
    expect(await code(rolloutOf().apply({}, WHATEVER, caller))).toBe('CONFIGURATION_INVALID')
    expect(await versionsOf(rolloutOf())).toEqual([])
    expect(events).toEqual([])
  })
})
