import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  createAccess,
  type Grants,
  type Holding,
  holdingOf,
  missingPermissions,
  missingScopes,
  narrow,
} from './index.ts'

const LIMITS = { mostKeys: 10, rotationDays: 90 }
const roles = {
  super_admin: { mostKeys: 5, rotationDays: 30 },
  admin: LIMITS,
  manager: LIMITS,
  moderator: LIMITS,
  developer: { mostKeys: 20, rotationDays: 90 },
  analyst: LIMITS,
  support: LIMITS,
  user: { mostKeys: null, rotationDays: 120 },
  read_only: { mostKeys: 25, rotationDays: 180 },
}
const route = { id: 'orders', require: { scopes: ['orders:write'], permissions: ['orders:write'] } }

describe('a scope', () => {
  it('is taken whatever it is while none are declared', () => {
    const access = createAccess({ settings: { scopes: null, roles }, routes: () => [] })
    expect(access.scopes.open).toBe(true)
    expect(access.scopeFault('orders:read')).toBeNull()
  })

  it('that is declared, required by a route or built in is known; another is refused with the likely one', () => {
    const access = createAccess({
      settings: { scopes: { 'orders:read': 'Read orders' }, roles },
      routes: () => [route],
    })
    for (const scope of ['orders:read', 'orders:write', 'read', 'admin', '*'])
      expect(access.scopeFault(scope)).toBeNull()
    expect(access.scopeFault('orders:raed')).toContain('did you mean "orders:read"')
    expect(access.scopes.items.find(({ name }) => name === 'orders:write')).toEqual({
      name: 'orders:write',
      description: 'Required by orders.',
      from: 'routes',
    })
  })

  it('that a route requires is known as long as the route is in force', () => {
    let routes: (typeof route)[] = []
    const access = createAccess({ settings: { scopes: {}, roles }, routes: () => routes })
    expect(access.scopeFault('orders:write')).toContain('is not a scope here')
    routes = [route]
    expect(access.scopeFault('orders:write')).toBeNull()
    expect(access.permissions.at(-1)).toMatchObject({ name: 'orders:write', from: 'routes' })
    routes = []
    expect(access.scopeFault('orders:write')).toContain('is not a scope here')
  })

  it.each(['', 'a b', 'a"b', 'a\\b', 'ä', 'x'.repeat(129), 'a\n'])('of the form %j is never taken', (text) => {
    const access = createAccess({ settings: { scopes: null, roles }, routes: () => [] })
    expect(access.scopeFault(text)).not.toBeNull()
  })
})

describe('the limits of several roles', () => {
  const access = createAccess({ settings: { scopes: null, roles }, routes: () => [] })

  it('are the strictest of each', () => {
    expect(access.keyLimits('org_default', ['developer'])).toEqual({ mostKeys: 20, rotationDays: 90 })
    expect(access.keyLimits('org_default', ['developer', 'super_admin', 'read_only'])).toEqual({
      mostKeys: 5,
      rotationDays: 30,
    })
    expect(access.keyLimits('org_default', ['user'])).toEqual({ mostKeys: null, rotationDays: 120 })
    expect(access.keyLimits('org_default', ['user', 'read_only'])).toEqual({ mostKeys: 25, rotationDays: 120 })
  })

  it('are none without a role that is known', () => {
    expect(access.keyLimits('org_default', [])).toBeNull()
    expect(access.keyLimits('org_default', ['constructor', 'wizard'])).toBeNull()
  })
})

describe('what somebody holds', () => {
  it('is what was granted and what their roles give', () => {
    const held = holdingOf({ roles: ['support', 'wizard'], scopes: ['orders:read'], permissions: [] })
    expect(held.scopes).toEqual(['orders:read', 'read'])
    expect(missingPermissions(held.permissions, ['audit:read', 'orders:read'])).toEqual([])
    expect(missingPermissions(held.permissions, ['orders:write'])).toEqual(['orders:write'])
  })

  it('is nothing for a role that is not known', () => {
    expect(holdingOf({ roles: ['toString'], scopes: [], permissions: [] })).toEqual({ scopes: [], permissions: [] })
  })
})

describe('what two have in common', () => {
  it.each([
    [['orders:*'], ['*:read'], ['orders:read']],
    [['*'], ['orders:read'], ['orders:read']],
    [['orders:read'], ['*'], ['orders:read']],
    [['orders:read'], ['orders:*:42'], ['orders:read:42']],
    [['orders:read'], ['users:read'], []],
    [
      ['orders:*', 'users:read'],
      ['orders:read', 'users:*'],
      ['orders:read', 'users:read'],
    ],
  ])('of %j and %j is %j', (a, b, both) => {
    expect(narrow({ scopes: [], permissions: a }, { scopes: [], permissions: b }).permissions).toEqual(both)
  })

  const part = fc.constantFrom('a', 'keys', 'approve', '*')
  const permission = fc.oneof(
    fc.array(part, { minLength: 2, maxLength: 3 }).map((parts) => parts.join(':')),
    fc.constant('*'),
  )
  const holding: fc.Arbitrary<Holding> = fc.record({
    scopes: fc.uniqueArray(fc.constantFrom('read', 'write', 'admin', '*'), { maxLength: 3 }),
    permissions: fc.uniqueArray(permission, { maxLength: 4 }),
  })

  it('covers exactly what each of them covers', () => {
    fc.assert(
      fc.property(
        holding,
        holding,
        permission,
        fc.constantFrom('read', 'write', 'admin', 'other', '*'),
        (a, b, wanted, scope) => {
          const both = narrow(a, b)
          const may = (held: Holding) => missingPermissions(held.permissions, [wanted]).length === 0
          const has = (held: Holding) => missingScopes(held.scopes, [scope]).length === 0
          expect(may(both)).toBe(may(a) && may(b))
          expect(has(both)).toBe(has(a) && has(b))
        },
      ),
      { numRuns: 2000 },
    )
  })

  it('never grows by a role taken away', () => {
    const names = fc.uniqueArray(fc.constantFrom('admin', 'developer', 'support', 'read_only', 'wizard'))
    fc.assert(
      fc.property(names, names, holding, permission, (kept, taken, carried, wanted) => {
        const grants = (list: string[]): Grants => ({ roles: list, scopes: [], permissions: [] })
        const [less, more] = [grants(kept), grants([...kept, ...taken])].map((it) => narrow(carried, holdingOf(it)))
        const may = (held: Holding | undefined) => missingPermissions(held?.permissions ?? [], [wanted]).length === 0
        if (may(less)) expect(may(more)).toBe(true)
      }),
    )
  })
})
