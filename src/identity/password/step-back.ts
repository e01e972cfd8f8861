import { existsSync, readlinkSync } from 'node:fs'
import { setPriority } from 'node:os'

// A tenth of what the requests get when there is not enough for both.
const NICENESS = 10
const THREAD = '/proc/thread-self'

/**
 * Lowers the priority of the thread that calls it: where both share a core, a request goes before a hashing. Linux gives
 * a thread a priority of its own, and threads that it starts (argon2's lanes) inherit it; elsewhere nothing happens.
 */
export function stepBack(): void {
  if (existsSync(THREAD)) setPriority(Number(readlinkSync(THREAD).split('/').at(-1)), NICENESS)
}
