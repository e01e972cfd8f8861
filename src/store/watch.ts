import { inScopeOfNow } from './scope.ts'

/** Looks now and then whether there is work, and does it. */
export type Watch = {
  /** Looks now rather than at the next tick. */
  readonly nudge: () => void
  /** Waits for what is under way and begins nothing more. */
  readonly stop: () => Promise<void>
}

/**
 * Starts watching: looking is a small read, so that an idle process writes nothing. A nudge during the work makes it look
 * once more afterwards. Work that one process alone may do is a chore, run when there is something to do.
 *
 * @param every milliseconds between two looks
 * @example startWatch({ every: 2000, look: hasDueMail, work: chore.run, onError })
 */
export function startWatch(deps: {
  every: number
  look: () => Promise<boolean>
  work: () => Promise<unknown>
  onError: (error: unknown) => void
}): Watch {
  let running: Promise<void> | null = null
  let again = false
  // Whoever nudges it may be working for one organization.
  const turn = inScopeOfNow(lookAndWork)
  let stopped = false
  const timer = setInterval(nudge, deps.every)
  timer.unref()

  function nudge(): void {
    if (stopped) return
    if (running !== null) {
      again = true
      return
    }
    running = turn().finally(() => {
      running = null
      if (!again) return
      again = false
      nudge()
    })
  }

  async function lookAndWork(): Promise<void> {
    try {
      if (await deps.look()) await deps.work()
    } catch (error) {
      deps.onError(error)
    }
  }

  async function stop(): Promise<void> {
    stopped = true
    clearInterval(timer)
    await running
  }

  return Object.freeze({ nudge, stop })
}
