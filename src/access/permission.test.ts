import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { covers, isPermission, missingPermissions, missingScopes } from './index.ts'

describe('a permission', () => {
  it.each([
    ['orders:read', 'orders:read', true],
    ['orders:*', 'orders:read', true],
    ['orders:*', 'orders:read:42', true],
    ['orders:read', 'orders:read:42', true],
    ['*', 'orders:read', true],
    ['*:read', 'orders:read', true],
    ['orders:read:42', 'orders:read', false],
    ['orders:read', 'orders:*', false],
    ['orders:*', '*', false],
    ['orders:read', 'orders:readall', false],
    ['order', 'orders:read', false],
    ['keys:*', 'keys:emergency', false],
    ['keys:*', 'keys:grant-any:x', false],
    ['*:approve', 'keys:approve', false],
    ['*:*', 'keys:approve', false],
    ['*:read', 'users:read', false],
    ['*:read', 'audit:read', false],
    ['*:*', 'users:manage', false],
    ['*:read', 'orders:read', true],
    ['users:*', 'users:read', true],
    ['users:*', 'users:impersonate', false],
    ['*', 'users:impersonate', true],
    ['*', 'keys:emergency', true],
    ['keys:emergency', 'keys:emergency', true],
    ['keys:emergency', 'keys:emergency:x', true],
    ['keys:emergency:*', 'keys:emergency:x', true],
    ['keys:*', 'keys:emergencies', true],
    ['orders:*', 'orders:approve', true],
  ])('%s granted covers %s wanted: %s', (granted, wanted, answer) => {
    expect(covers(granted, wanted)).toBe(answer)
  })

  it.each(['', ':', 'orders', 'orders:', ':read', 'a:b:c:d', 'orders:re ad', 'orders:**', 'órders:read'])(
    '%j is none',
    (text) => {
      expect(isPermission(text)).toBe(false)
    },
  )

  it('never covers what is wider than itself', () => {
    const part = fc.constantFrom('a', 'b', '*', 'keys', 'approve')
    const permission = fc.oneof(
      fc.constant('*'),
      fc.array(part, { minLength: 2, maxLength: 3 }).map((parts) => parts.join(':')),
    )
    fc.assert(
      fc.property(permission, permission, permission, (a, b, c) => {
        if (covers(a, b) && covers(b, c)) expect(covers(a, c)).toBe(true)
      }),
      { numRuns: 2000 },
    )
  })

  it('that is missing is named', () => {
    expect(missingPermissions(['orders:read'], ['orders:read', 'orders:write'])).toEqual(['orders:write'])
    expect(missingPermissions([], [])).toEqual([])
  })
})

describe('a scope', () => {
  it('is a plain name: only a whole * stands for others', () => {
    expect(missingScopes(['orders:*'], ['orders:read'])).toEqual(['orders:read'])
    expect(missingScopes(['*'], ['orders:read'])).toEqual([])
  })
})
