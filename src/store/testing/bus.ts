import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Bus } from '../bus.ts'

/** What every bus must hold to. @param open makes two ends of one bus; in one process they may be the same */
export function busContract(name: string, open: () => Promise<readonly [Bus, Bus]>): void {
  describe(`a bus on ${name}`, () => {
    let here: Bus
    let there: Bus

    beforeEach(async () => {
      const ends = await open()
      here = ends[0]
      there = ends[1]
    })

    afterEach(async () => {
      await Promise.all([here.close(), there.close()])
    })

    const heardBy = (bus: Bus, topic: string) => {
      const heard: (string | null)[] = []
      return { heard, leave: bus.subscribe(topic, (ref) => heard.push(ref)) }
    }

    it('carries a message to every subscriber of its topic at both ends, and to nobody else', async () => {
      const [one, two, own, other] = [
        heardBy(there, 'keys'),
        heardBy(there, 'keys'),
        heardBy(here, 'keys'),
        heardBy(there, 'routes'),
      ]
      here.publish('keys', 'key_1')
      here.publish('keys', 'é “2”\n')
      await vi.waitFor(() => {
        for (const { heard } of [one, two, own]) expect(heard).toEqual(['key_1', 'é “2”\n'])
      })
      expect(other.heard).toEqual([])
    })

    it('carries nothing to whoever has left', async () => {
      const [stays, left] = [heardBy(there, 'keys'), heardBy(there, 'keys')]
      left.leave()
      here.publish('keys', 'a')
      await vi.waitFor(() => expect(stays.heard).toEqual(['a']))
      expect(left.heard).toEqual([])
    })

    it('carries a message past a subscriber that throws', async () => {
      there.subscribe('keys', () => {
        throw new Error('deaf')
      })
      const { heard } = heardBy(there, 'keys')
      here.publish('keys', 'a')
      await vi.waitFor(() => expect(heard).toEqual(['a']))
    })

    it('is connected until it is closed, and takes messages without complaint after', async () => {
      expect(here.connected()).toBe(true)
      await here.close()
      expect(here.connected()).toBe(false)
      here.publish('keys', 'late')
    })
  })
}
