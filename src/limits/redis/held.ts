import type { RedisScript } from '../../store/index.ts'
import type { PlaceName } from './decide.ts'

/** Places that one call holds on to. */
const AT_ONCE = 500

/** The places that this process holds, wherever they were given out. */
export type Held = {
  readonly add: (place: PlaceName) => void
  readonly remove: (place: PlaceName) => void
  /** Holds on to all of them, those too that Redis never heard of or has forgotten. */
  readonly renew: () => Promise<void>
}

/** @param lease milliseconds after which a place falls free that nobody holds on to: its process is gone */
export function createHeld(hold: RedisScript, lease: number): Held {
  const places = new Map<string, PlaceName>()
  return Object.freeze({
    add: (place: PlaceName) => {
      places.set(place.name, place)
    },
    remove: (place: PlaceName) => {
      places.delete(place.name)
    },
    renew: async () => {
      const all = [...places.keys()]
      for (let at = 0; at < all.length; at += AT_ONCE) {
        // Those that were given back meanwhile must not come back.
        const some = all.slice(at, at + AT_ONCE).flatMap((name) => places.get(name) ?? [])
        if (some.length === 0) continue
        await hold(
          some.map(({ set }) => set),
          [lease, ...some.map(({ name }) => name)],
        )
      }
    },
  })
}
