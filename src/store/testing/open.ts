import { type Clock, systemClock } from '../../core/index.ts'
import { type Bus, createMemoryBus } from '../bus.ts'
import type { Migrations } from '../migrate.ts'
import { openStore } from '../open.ts'
import { createRedisBus } from '../redis/bus.ts'
import type { RowRules } from '../rows.ts'
import type { Store } from '../store.ts'

/** Where a test may keep its state; a world of the test support fits. */
export type Place = { readonly databaseUrl: string; readonly redisUrl: string | null; readonly redisPrefix: string }

/**
 * Opens a store with a bus of its own on a place; closing it closes both. Two of them on one place are two processes
 * for all they know of each other, but for the bus in memory.
 */
export async function openTestStore(
  place: Place,
  options: {
    readonly migrations?: Migrations
    readonly rows?: RowRules
    readonly clock?: Clock
    readonly bus?: Bus
    readonly migrate?: boolean
    readonly onError?: (error: unknown) => void
  } = {},
): Promise<Store> {
  const { migrations = {}, rows = {}, clock = systemClock, migrate = true, onError = fail } = options
  const bus = options.bus ?? (await openTestBus(place))
  try {
    const store = await openStore({ url: place.databaseUrl, migrations, rows, clock, bus, migrate, onError })
    return { ...store, close: () => store.close().finally(() => bus.close()) }
  } catch (error) {
    await bus.close()
    throw error
  }
}

/** The bus of a place: Redis where it has one. */
export async function openTestBus({ redisUrl, redisPrefix }: Place): Promise<Bus> {
  return redisUrl === null ? createMemoryBus(fail) : createRedisBus({ url: redisUrl, prefix: redisPrefix })
}

// What nobody expected ends the test run instead of passing unseen.
function fail(error: unknown): void {
  throw error
}
