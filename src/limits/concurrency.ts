/** How many are inside at once, by key. Remembers only keys that have somebody inside. */
export type Concurrency = {
  readonly inside: (key: string) => number
  /** Takes a place. Every one needs exactly one {@link Concurrency.leave}. */
  readonly enter: (key: string) => void
  readonly leave: (key: string) => void
}

/** One place among the requests that may be answered at once. Giving it back twice is harmless. */
export type Place = { readonly leave: () => void }

/** Asks for a place: at most `max` are inside under this key at once. */
export type PlaceAsk = { readonly key: string; readonly max: number }

export function createConcurrency(): Concurrency {
  const inside = new Map<string, number>()
  return Object.freeze({
    inside: (key: string) => inside.get(key) ?? 0,
    enter: (key: string) => {
      inside.set(key, (inside.get(key) ?? 0) + 1)
    },
    leave: (key: string) => {
      const count = inside.get(key)
      if (count === undefined) throw new Error(`leave without enter: ${key}`)
      if (count === 1) inside.delete(key)
      else inside.set(key, count - 1)
    },
  })
}

/** A place that is given back at most once. */
export function placeOf(giveBack: () => void): Place {
  let held = true
  return Object.freeze({
    leave: () => {
      if (held) giveBack()
      held = false
    },
  })
}
