/** How it stands with Redis: limits are shared by all processes, or each is alone with its part of them. */
export type Standing =
  | { readonly is: 'shared'; readonly processes: number }
  | { readonly is: 'alone'; readonly processes: number; readonly reason: string }

export type Line = {
  readonly alone: () => boolean
  /** How many processes there were when Redis was last heard. */
  readonly processes: () => number
  /** Something did not work: from now on this process decides alone, until Redis answers again. */
  readonly fail: (error: unknown) => void
  readonly stop: () => Promise<void>
}

/** Milliseconds between two beats while all is well. */
export const BEAT_EVERY = 1000
// A line that breaks again and again is tried less and less often, so that it does not fill the log.
const LONGEST_PAUSE = 30_000
const STEADY = 60_000

/**
 * Watches the line to Redis: asks each second, falls back at the first failure, returns at the first answer after it.
 *
 * @param deps.atLeast processes to reckon with before Redis was ever heard
 * @param deps.beat says that we are here and answers how many there are; told whether we were alone until now
 * @param deps.steady milliseconds that never run backwards
 * @param deps.onStanding hears of each change, and of being alone from the start
 */
export async function openLine(deps: {
  readonly atLeast: number
  readonly beat: (alone: boolean) => Promise<number>
  readonly steady: () => number
  readonly onStanding: (standing: Standing) => void
}): Promise<Line> {
  let processes = deps.atLeast
  let alone = false
  let pause = BEAT_EVERY
  let brokeAt = Number.NEGATIVE_INFINITY
  let stopped = false
  let timer: NodeJS.Timeout | undefined
  let beating: Promise<void> = Promise.resolve()

  function fail(error: unknown): void {
    if (alone || stopped) return
    alone = true
    const now = deps.steady()
    pause = now - brokeAt < STEADY ? Math.min(pause * 2, LONGEST_PAUSE) : BEAT_EVERY
    brokeAt = now
    deps.onStanding({ is: 'alone', processes, reason: error instanceof Error ? error.message : 'failed' })
  }

  function answered(count: number): void {
    processes = Math.max(deps.atLeast, count)
    if (!alone || stopped) return
    alone = false
    deps.onStanding({ is: 'shared', processes })
  }

  async function beat(): Promise<void> {
    await deps.beat(alone).then(answered, fail)
    if (stopped) return
    timer = setTimeout(next, alone ? pause : BEAT_EVERY)
    timer.unref()
  }

  function next(): void {
    beating = beat()
  }

  next()
  await beating
  return Object.freeze({
    alone: () => alone,
    processes: () => processes,
    fail,
    stop: async () => {
      stopped = true
      clearTimeout(timer)
      await beating
    },
  })
}
