import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { backends, type World } from '../../../test/support/backends.ts'
import type { Store } from '../../store/index.ts'
import { openTestStore, stoppedClock } from '../../store/testing.ts'
import { accessMigrations } from '../migrations/index.ts'
import { forgetUses, knownSince, readUses } from './store.ts'
import { createUses, DAY, LONGEST_KNOWN, type Uses } from './uses.ts'

const ADA = 'usr_1hq3v0c9kd5m7w2x8p4t6r1a'
const ada = {
  kind: 'user',
  id: ADA,
  organization: 'org_default',
  scopes: ['read', '*'],
  permissions: ['orders:*', 'orders:read', 'parcels:read'],
}

describe.each(backends)('what somebody used, on $name', ({ open }) => {
  let world: World
  let store: Store
  let uses: Uses
  const clock = stoppedClock()
  const failed = (error: unknown) => {
    throw error
  }

  beforeEach(async () => {
    world = await open()
    store = await openTestStore(world, { migrations: accessMigrations, clock })
    uses = createUses({ store, clock, serves: false, onError: failed })
  })

  afterEach(async () => {
    await uses.stop()
    await store.close()
    await world.close()
  })

  const written = async (organization = 'org_default') => {
    await uses.flush()
    const rows = await readUses(store, organization, [ADA])
    return rows.map(({ kind, name, day }) => `${kind} ${name} ${day}`).sort()
  }
  const today = () => clock.now() - (clock.now() % DAY)

  it('is written as what they hold that covers it', async () => {
    uses.note(ada, { permissions: ['orders:read'], scopes: ['write'], roles: ['packer'] })
    const day = today()
    expect(await written()).toEqual([
      `permission orders:* ${day}`,
      `permission orders:read ${day}`,
      `role packer ${day}`,
      `scope * ${day}`,
    ])
  })

  it('is written once a day, with the latest day', async () => {
    const first = today()
    uses.note(ada, { permissions: ['parcels:read'] })
    expect(await written()).toEqual([`permission parcels:read ${first}`])
    clock.pass(DAY)
    await uses.flush()
    uses.note(ada, { permissions: ['parcels:read'] })
    expect(await written()).toEqual([`permission parcels:read ${first + DAY}`])
  })

  it('that a process brings late does not make it older', async () => {
    const late = createUses({ store, clock, serves: false, onError: failed })
    late.note(ada, { permissions: ['parcels:read'] })
    clock.pass(DAY)
    await uses.flush()
    uses.note(ada, { permissions: ['parcels:read'] })
    await uses.flush()
    await late.stop()
    expect(await written()).toEqual([`permission parcels:read ${today()}`])
  })

  it('is nobody else’s: not of other organizations, of those who are none of ours, or of nobody', async () => {
    uses.note({ ...ada, organization: 'org_other' }, { permissions: ['parcels:read'] })
    uses.note({ ...ada, organization: null }, { permissions: ['parcels:read'] })
    uses.note({ ...ada, kind: 'operator' }, { permissions: ['parcels:read'] })
    expect(await written()).toEqual([])
    expect(await written('org_other')).toEqual([`permission parcels:read ${today()}`])
  })

  it('has the bound of what they hold, whatever is asked for', async () => {
    const all = { ...ada, permissions: ['*'] }
    for (let i = 0; i < 5000; i++) uses.note(all, { permissions: [`orders:read:${i}`] })
    expect(await written()).toEqual([`permission * ${today()}`])
  })

  it('of many by several processes at once is all there', async () => {
    const others = Array.from({ length: 2500 }, (_, i) => ({ ...ada, id: `usr_${String(i).padStart(24, '0')}` }))
    const beside = createUses({ store, clock, serves: false, onError: failed })
    for (const one of others) uses.note(one, { permissions: ['parcels:read'] })
    for (const one of others.toReversed()) beside.note(one, { permissions: ['parcels:read'] })
    await Promise.all([uses.flush(), beside.stop()])
    const ids = [others[0], others[1249], others[2499]].flatMap((one) => one?.id ?? [])
    expect(await readUses(store, 'org_default', ids)).toHaveLength(3)
  })

  it('is written later when the database does not take it now', async () => {
    let away = true
    const errors: unknown[] = []
    const flaky: Store = { ...store, write: (work) => (away ? Promise.reject(new Error('away')) : store.write(work)) }
    const mine = createUses({ store: flaky, clock, serves: false, onError: (error) => void errors.push(error) })
    mine.note(ada, { permissions: ['parcels:read'] })
    await mine.flush()
    expect(errors).toHaveLength(1)
    away = false
    await mine.stop()
    expect(await written()).toEqual([`permission parcels:read ${today()}`])
  })

  it('is forgotten after a time that is longer than any review looks back', async () => {
    uses.note(ada, { permissions: ['parcels:read'] })
    await uses.flush()
    clock.pass(LONGEST_KNOWN + DAY)
    await uses.flush()
    uses.note(ada, { permissions: ['orders:write'] })
    await uses.flush()
    expect(await store.write((tx) => forgetUses(tx, clock.now() - LONGEST_KNOWN, 10))).toBe(1)
    expect(await written()).toEqual([`permission orders:* ${today()}`])
  })

  it('is known since the table was made', async () => {
    expect(await knownSince(store)).toBeLessThanOrEqual(clock.now())
    expect(await knownSince(store)).toBeGreaterThan(0)
  })
})
