import { closeSync, mkdirSync, openSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Kysely } from 'kysely'
import type { Engine } from '../engine.ts'
import { whenFree } from './busy.ts'
import { createConnection } from './connection.ts'
import { createWriter } from './writer.ts'

// How long SQLite itself may wait for a lock, in milliseconds, with the event loop standing still. Writers wait
// asynchronously instead; a reader only ever meets a lock while another process opens after a crash, or leaves.
const WRITER_TIMEOUT = 5
const READER_TIMEOUT = 250

// FULL: a commit is on the disk before it is acknowledged. The log file is cut back to 16 MB after a burst. 16 MB of page
// cache per connection keeps the process small.
const WRITER_PRAGMAS = ['pragma synchronous = full', 'pragma journal_size_limit = 16777216']
const PRAGMAS = ['pragma cache_size = -16000', 'pragma temp_store = memory', 'pragma trusted_schema = off']

/** Pages of the log (4 KB) after which a commit folds it into the file: few, so that each fold is short. */
const FOLD_AFTER = 1000
/** Where somebody else folds: the log stays bounded, should they not get to it. */
const FOLD_AT_LAST = 8000

/**
 * Opens or makes a database file. Two connections: one writes, one reads, so reads see the last commit at once and
 * never wait for an open transaction.
 *
 * @param path the file; its folder is made with mode 0700 and the file with 0600
 * @param folds whether commits fold the log into the file, which takes tens of milliseconds; false where a thread beside does
 */
export async function openSqlite(path: string, folds = true): Promise<Engine> {
  const file = resolve(path)
  let writing: DatabaseSync | null = null
  let reading: DatabaseSync | null = null
  try {
    makeFile(file)
    writing = new DatabaseSync(file, { timeout: WRITER_TIMEOUT })
    await prepare(writing, ['pragma journal_mode = wal', ...PRAGMAS, ...WRITER_PRAGMAS, fold(folds)])
    reading = new DatabaseSync(file, { readOnly: true, timeout: READER_TIMEOUT })
    await prepare(reading, PRAGMAS)
    return createEngine(writing, reading)
  } catch (error) {
    reading?.close()
    writing?.close()
    throw new Error(`the database ${file} cannot be opened: ${error instanceof Error ? error.message : error}`)
  }
}

function fold(folds: boolean): string {
  return `pragma wal_autocheckpoint = ${folds ? FOLD_AFTER : FOLD_AT_LAST}`
}

// Another process may be opening or leaving the same file at this moment.
async function prepare(database: DatabaseSync, pragmas: readonly string[]): Promise<void> {
  for (const pragma of pragmas) await whenFree(() => database.exec(pragma))
}

function createEngine(writing: DatabaseSync, reading: DatabaseSync): Engine {
  const writer = createConnection(writing)
  const reader = createConnection(reading)
  const reads = new Kysely<unknown>({ dialect: reader.dialect })
  const { transact, close } = createWriter(writing, writer)
  const version = reading.prepare('pragma data_version')
  return {
    dialect: 'sqlite',
    reads,
    transact,
    // `begin immediate` already keeps every other process out.
    lockForMigration: async () => undefined,
    // It has neither roles nor policies: there the code alone holds rows apart.
    protect: async () => undefined,
    forget: () => {
      writer.forget()
      reader.forget()
    },
    pulse: async () => Number(version.get()?.data_version),
    close: async () => {
      // The writer last: the last connection to leave folds the log into the file, which a reader cannot.
      await reads.destroy()
      if (reading.isOpen) reading.close()
      await close()
    },
  }
}

function makeFile(file: string): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  // SQLite gives its log files the mode of the database file.
  closeSync(openSync(file, 'a', 0o600))
}
