import { VERSION_TOPIC } from '../../rollout/index.ts'
import { type Following, follow } from '../../store/index.ts'
import type { System } from '../system.ts'
import { putInForce } from './put-in-force.ts'
import type { Reread } from './reread.ts'

/**
 * Keeps what is in force here up with what was applied anywhere. What does not load here is told, and the last good one stays.
 *
 * @returns null where the settings come from the file of the process
 */
export async function followVersions(system: System, reread: Reread): Promise<Following | null> {
  const { rollout, live, store, log } = system
  if (rollout.source === 'file') return null
  let seen = live.version()
  return follow({
    store,
    topic: VERSION_TOPIC,
    read: async () => {
      const newest = await rollout.newest()
      if (newest === null || newest.version === seen) return
      seen = newest.version
      await putInForce(system, reread, newest)
    },
    onError: (error) => log.error({ err: error }, 'versions of the configuration were not read'),
  })
}
