import type { Clock } from '../../core/index.ts'

/**
 * Answers at a fixed time after it was asked, whatever the work took, so that time does not tell whether an account
 * exists (row I1). Work that took longer is answered at once.
 *
 * @param least milliseconds
 */
export async function steadily<T>(clock: Clock, least: number, work: Promise<T>): Promise<T> {
  const due = clock.now() + least
  const result = await work
  // A clock that was set back meanwhile must not keep anybody waiting.
  const left = Math.min(least, due - clock.now())
  if (left > 0) await new Promise((resolve) => setTimeout(resolve, left))
  return result
}
