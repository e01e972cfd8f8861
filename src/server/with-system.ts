import type { Config } from '../config/index.ts'
import { systemClock } from '../core/index.ts'
import { across } from '../store/index.ts'
import type { Reread } from './configuration/reread.ts'
import { createLog } from './log.ts'
import { openSystem, type System } from './system.ts'

/** Opens the system on the local store, does one piece of work with it, and closes it again. */
export async function withLocalSystem<T>(
  config: Config,
  work: (system: System) => Promise<T>,
  reread?: Reread,
): Promise<T> {
  const system = await openSystem({
    config,
    ...(reread === undefined ? {} : { reread }),
    clock: systemClock,
    log: createLog('error'),
  })
  try {
    return await across('a command works for whoever holds the machine', () => work(system))
  } finally {
    await system.stop()
  }
}
