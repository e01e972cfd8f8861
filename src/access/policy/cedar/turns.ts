import { setImmediate } from 'node:timers/promises'

/** Long work that says where others may have their turn. */
export type Steps<T> = Generator<undefined, T, undefined>

/** So many milliseconds are worked at a stretch: what a request may have to wait. */
const STRETCH = 8

/** Does the work without a pause. */
export function atOnce<T>(steps: Steps<T>): T {
  for (;;) {
    const step = steps.next()
    if (step.done === true) return step.value
  }
}

/** Does the work a stretch at a time, with a turn for whoever waits in between. */
export async function inTurns<T>(steps: Steps<T>): Promise<T> {
  for (let since = performance.now(); ; ) {
    const step = steps.next()
    if (step.done === true) return step.value
    if (performance.now() - since < STRETCH) continue
    await setImmediate()
    since = performance.now()
  }
}
