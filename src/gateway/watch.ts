/** How often exchanges are looked at. A time-out comes at most this much late. */
export const TICK = 50

/** Something that may last too long. */
export type Watched = {
  /** Called each tick. */
  readonly tick: () => void
}

/** Looks at everything that is under way, in turn, on one timer. */
export type Watch = {
  readonly add: (one: Watched) => void
  readonly remove: (one: Watched) => void
  readonly size: () => number
  readonly each: (see: (one: Watched) => void) => void
  readonly stop: () => void
}

/**
 * One timer for all exchanges instead of several for each. Ages are counted in ticks, so that a clock that is set
 * forward or back ends nothing early and keeps nothing alive.
 */
export function createWatch(): Watch {
  const all = new Set<Watched>()
  const timer = setInterval(() => {
    for (const one of all) one.tick()
  }, TICK)
  timer.unref()
  return Object.freeze({
    add: (one: Watched) => {
      all.add(one)
    },
    remove: (one: Watched) => {
      all.delete(one)
    },
    size: () => all.size,
    each: (see: (one: Watched) => void) => {
      for (const one of all) see(one)
    },
    stop: () => clearInterval(timer),
  })
}

/** Milliseconds as ticks, rounded up: what is allowed a time gets at least that. */
export function ticks(milliseconds: number): number {
  return Math.ceil(milliseconds / TICK)
}
