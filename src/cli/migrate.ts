import { existsSync } from 'node:fs'
import type { Config } from '../config/index.ts'
import { systemClock } from '../core/index.ts'
import { type Command, EXIT, type Invocation } from './command.ts'
import { server } from './loaded.ts'
import { table } from './output.ts'
import { requireConfig } from './surroundings.ts'
import { opened } from './usage.ts'

export const migrateCommands: readonly Command[] = [
  {
    noun: 'migrate',
    verb: 'status',
    summary: 'Show which migrations the database has. Exit code 1 when some are missing, or there is no database.',
    examples: ['sallyport migrate status'],
    run: status,
  },
  {
    noun: 'migrate',
    verb: 'up',
    summary: 'Apply the missing migrations. Serving does so by itself.',
    examples: ['sallyport migrate up'],
    run: up,
  },
]

async function status(it: Invocation) {
  const file = missingFile(await requireConfig(it.around))
  if (file !== null) {
    it.output.result({ items: [], missing: file }, () => `There is no database at ${file}. "migrate up" makes one.`)
    return EXIT.bad
  }
  return withMigrations(it, async (migrations) => {
    const items = await migrations.status()
    const rows = items.map(({ name, at }) => [name, at === null ? 'missing' : new Date(at).toISOString()])
    it.output.result({ items }, () => table(['MIGRATION', 'APPLIED'], rows))
    return items.some(({ at }) => at === null) ? EXIT.bad : EXIT.good
  })
}

// Looking would make the folder and an empty database.
function missingFile({ database }: Config): string | null {
  const url = database.url.reveal()
  if (!url.startsWith(SQLITE)) return null
  const file = url.slice(SQLITE.length)
  return existsSync(file) ? null : file
}

const SQLITE = 'sqlite:'

async function up(it: Invocation) {
  return withMigrations(it, async (migrations) => {
    const applied = await migrations.up()
    it.output.result({ applied }, () =>
      applied.length === 0 ? 'Nothing was missing.' : `Applied ${applied.join(', ')}.`,
    )
    return EXIT.good
  })
}

type Migrations = Awaited<ReturnType<Awaited<ReturnType<typeof server>>['migrationCommands']>>

async function withMigrations<T>(it: Invocation, work: (migrations: Migrations) => Promise<T>): Promise<T> {
  const { migrationCommands } = await server()
  const migrations = await opened(migrationCommands({ config: await requireConfig(it.around), clock: systemClock }))
  try {
    return await work(migrations)
  } finally {
    await migrations.close()
  }
}
