import type { Config } from '../config/index.ts'
import type { Clock } from '../core/index.ts'
import { createMemoryBus, openStore } from '../store/index.ts'
import { allMigrations, allRows } from './tables.ts'

/** The migrations of a database, looked at or applied, without opening anything else. */
export async function migrationCommands(deps: { config: Config; clock: Clock }) {
  const bus = createMemoryBus()
  const store = await openStore({
    url: deps.config.database.url.reveal(),
    migrations: allMigrations,
    rows: allRows,
    allowsBypass: deps.config.database.allowRoleThatBypassesRowSecurity,
    bus,
    clock: deps.clock,
    migrate: false,
  })
  return {
    ...store.migrations,
    close: async () => {
      await store.close()
      await bus.close()
    },
  }
}
