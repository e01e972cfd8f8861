import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Cache } from '../cache.ts'

/** What every cache must hold to. */
export function cacheContract(name: string, open: () => Promise<Cache>): void {
  describe(`a cache on ${name}`, () => {
    let cache: Cache

    beforeEach(async () => {
      cache = await open()
    })

    afterEach(() => cache.close())

    it('gives back what was set, the last of several, until it is deleted', async () => {
      expect(await cache.get('a')).toBeNull()
      await cache.set('a', 'one', 60_000)
      await cache.set('a', '“two”', 60_000)
      await cache.set('A', '', 60_000)
      expect([await cache.get('a'), await cache.get('A')]).toEqual(['“two”', ''])
      await cache.delete('a')
      await cache.delete('never')
      expect(await cache.get('a')).toBeNull()
    })

    it('lets one of many add what is absent', async () => {
      const added = await Promise.all(Array.from({ length: 20 }, (_, i) => cache.add('once', `n${i}`, 60_000)))
      expect(added.filter(Boolean)).toHaveLength(1)
      expect(await cache.get('once')).toBe(`n${added.indexOf(true)}`)
    })

    it('forgets when the time has passed, and can be added to again', async () => {
      await cache.set('short', 'x', 30)
      await cache.add('brief', 'x', 30)
      await vi.waitFor(async () => expect([await cache.get('short'), await cache.get('brief')]).toEqual([null, null]))
      expect(await cache.add('short', 'y', 60_000)).toBe(true)
    })

    it.each([0, -1, 1.5, Number.NaN])('refuses an entry that lives %s ms', async (ttl) => {
      await expect(cache.set('a', 'x', ttl)).rejects.toThrow(RangeError)
      await expect(cache.add('a', 'x', ttl)).rejects.toThrow(RangeError)
      expect(await cache.get('a')).toBeNull()
    })
  })
}
