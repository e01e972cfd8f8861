/** How often exchanges are looked at. A time-out comes at most this much late. */
export const TICK = 50

/** Something that may last too long. */
export type Watched = {
  /** Called each tick. */
  readonly tick: () => void
  /** Called when the gateway goes and has waited long enough. */
  readonly farewell?: () => void
  /** Called when something about a credential or a principal changed; null when what changed is not known. */
  readonly changed?: (id: string | null) => void
  /** Called when it does not wait any longer. */
  readonly cutOff?: () => void
  /** Its place among the others. Kept by the watch. */
  place: number
}

/** Looks at everything that is under way, in turn, on one timer. */
export type Watch = {
  readonly add: (one: Watched) => void
  readonly remove: (one: Watched) => void
  readonly size: () => number
  readonly each: (visit: (one: Watched) => void) => void
  readonly stop: () => void
}

/**
 * One timer for all exchanges instead of several for each. Ages are counted in ticks, so that a clock that is set
 * forward or back ends nothing early and keeps nothing alive.
 *
 * An array and not a Set: the tables that a Set outgrows refer to each other, and once one of them is old, everything
 * that was ever in one of them stays in memory until the next full collection. That doubled the slowest answers.
 */
export function createWatch(): Watch {
  const all: Watched[] = []
  const timer = setInterval(() => {
    // From the end, because whoever leaves is replaced by the last.
    for (let i = all.length - 1; i >= 0; i--) all[i]?.tick()
  }, TICK)
  timer.unref()
  return Object.freeze({
    add: (one: Watched) => {
      one.place = all.length
      all.push(one)
    },
    remove: (one: Watched) => {
      const last = all.pop()
      if (last === undefined || last === one) return
      all[one.place] = last
      last.place = one.place
    },
    size: () => all.length,
    each: (visit: (one: Watched) => void) => {
      for (const one of [...all]) visit(one)
    },
    stop: () => clearInterval(timer),
  })
}

/** Milliseconds as ticks, rounded up: what is allowed a time gets at least that. */
export function ticks(milliseconds: number): number {
  return Math.ceil(milliseconds / TICK)
}
