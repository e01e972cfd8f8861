import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { withDecoys } from './decoys.ts'

const key = randomBytes(32)
const addresses = Array.from({ length: 200 }, (_, i) => `person-${i}@example.com`)
const lengths = (ids: readonly string[]) => ids.map((id) => Buffer.from(id, 'base64url').length)

describe('the credentials that an address is answered with', () => {
  it('are the same each time, however it is spelt, and others for another address or another installation', () => {
    const ids = withDecoys(key, 'ada@example.com', [])
    expect(withDecoys(key, ' ADA@Example.com', [])).toEqual(ids)
    expect(withDecoys(key, 'bob@example.com', [])).not.toEqual(ids)
    expect(withDecoys(randomBytes(32), 'ada@example.com', [])).not.toEqual(ids)
  })

  it('are two to four for whoever has none, one or two: their number tells nothing', () => {
    for (const has of [0, 1, 2]) {
      const counts = addresses.map((address) => withDecoys(key, address, ids(has)).length)
      expect([...new Set(counts)].toSorted()).toEqual([2, 3, 4])
    }
    expect(addresses.map((it) => withDecoys(key, it, ids(1)).length)).toEqual(
      addresses.map((it) => withDecoys(key, it, []).length),
    )
  })

  it('name everything that somebody has, at any place', () => {
    const real = ids(1)
    const places = addresses.map((address) => withDecoys(key, address, real).indexOf(real[0] as string))
    expect([...new Set(places)].toSorted()).toEqual([0, 1, 2, 3])
    const many = ids(9)
    expect(withDecoys(key, 'ada@example.com', many).toSorted()).toEqual(many.toSorted())
  })

  it('have lengths that authenticators use', () => {
    const seen = new Set(addresses.flatMap((address) => lengths(withDecoys(key, address, []))))
    expect([...seen].toSorted((a, b) => a - b)).toEqual([16, 20, 32, 48, 64])
  })
})

function ids(count: number): string[] {
  return Array.from({ length: count }, () => randomBytes(32).toString('base64url'))
}
