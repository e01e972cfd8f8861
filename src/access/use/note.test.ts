import { describe, expect, it } from 'vitest'
import type { Exchange, Principal, Step } from '../../core/index.ts'
import { anonymous } from '../../core/index.ts'
import { createProperties, levelStep, requireStep } from '../index.ts'
import type { Used } from './uses.ts'

const robot: Principal = {
  ...anonymous,
  kind: 'service',
  id: 'svc_1hq3v0c9kd5m7w2x8p4t6r1a',
  organization: 'org_default',
  scopes: ['read'],
  permissions: ['orders:*', 'gateway:administer', 'customers:act:cus_7'],
}

/** What is taken down while something is done. */
function noted(work: (note: (user: unknown, used: Used) => void) => unknown): readonly Used[] {
  const uses: Used[] = []
  work((_user, { permissions = [], scopes = [] }) => uses.push({ permissions, scopes }))
  return uses
}

const ask = (step: Step | null, dry = false) => step?.apply({ principal: robot } as Exchange, dry)

describe('what a route asks for', () => {
  it('is taken down where it is held', () => {
    const asked = { scopes: ['read'], permissions: ['orders:read'] }
    expect(noted((note) => ask(requireStep(asked, note)))).toEqual([asked])
    expect(noted((note) => ask(levelStep('admin', note)))).toEqual([
      { permissions: ['gateway:administer'], scopes: [] },
    ])
  })

  it('is not where something is missing, or where nobody really asks', () => {
    expect(noted((note) => ask(requireStep({ scopes: ['read'], permissions: ['users:read'] }, note)))).toEqual([])
    expect(noted((note) => ask(requireStep({ scopes: ['read'], permissions: [] }, note), true))).toEqual([])
    expect(noted((note) => ask(levelStep('admin', note), true))).toEqual([])
    expect(noted((note) => ask(levelStep('person', note)))).toEqual([])
  })
})

describe('what lets somebody see properties', () => {
  const settings = {
    orders: {
      owner: { property: 'customer', as: 'customers:act' },
      audiences: {
        public: { permission: null, readable: ['id', 'customer'], writable: [], masks: {} },
        staff: { permission: 'orders:audit', readable: ['notes'], writable: ['notes'], masks: {} },
        other: { permission: 'users:read', readable: ['*'], writable: [], masks: {} },
      },
    },
  }
  const reading = { at: null, beside: [], onlyTheirs: false }
  const read = (body: object) =>
    noted((note) =>
      createProperties(settings, note).reader('orders', reading)(robot, Buffer.from(JSON.stringify(body))),
    )

  it('is the permission of their audience, and the one to act as another', () => {
    expect(read({ id: '1', customer: 'cus_8' })).toEqual([{ permissions: ['orders:audit'], scopes: [] }])
    expect(read({ id: '1', customer: 'cus_7' })).toEqual([
      { permissions: ['orders:audit'], scopes: [] },
      { permissions: ['customers:act:cus_7'], scopes: [] },
    ])
  })

  it('counts for what is written, too', () => {
    const how = { principal: robot, theirs: false, outside: 'refuse' } as const
    const written = noted((note) => createProperties(settings, note).written('orders', Buffer.from('{"notes":1}'), how))
    expect(written).toEqual([{ permissions: ['orders:audit'], scopes: [] }])
  })
})
