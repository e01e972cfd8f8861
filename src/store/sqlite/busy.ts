import { setTimeout as sleep } from 'node:timers/promises'

const BUSY = 5
const PATIENCE_MS = 30_000
const LONGEST_PAUSE_MS = 20

/**
 * Does what needs the lock that another process may hold, and tries again while it does. SQLite's own waiting blocks
 * the event loop, so it is kept short and the long waiting happens here.
 *
 * @throws what SQLite says once 30 seconds have passed
 */
export async function whenFree(attempt: () => void): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS
  for (let pause = 1; ; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
    try {
      return attempt()
    } catch (error) {
      if (!isBusy(error) || performance.now() > deadline) throw error
    }
    await sleep(pause * (0.5 + Math.random()))
  }
}

// The low byte is the kind of error; BUSY_RECOVERY and BUSY_TIMEOUT carry more above it.
function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && (Number(error.errcode) & 0xff) === BUSY
}
