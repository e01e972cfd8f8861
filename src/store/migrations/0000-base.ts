import { sql } from 'kysely'
import type { ModuleMigration } from '../migrate.ts'

/** The store's own tables: changes to tell the other processes, leases, idempotency keys. */
export const base: ModuleMigration = {
  up: async ({ db, dialect, types, createTable }) => {
    // Order needs a number that never comes back, even when the last rows were swept.
    const seq =
      dialect === 'sqlite' ? 'integer primary key autoincrement' : 'bigint generated always as identity primary key'
    await createTable('change')
      .addColumn('seq', sql.raw(seq))
      .addColumn('txid', types.integer, (column) => column.notNull())
      .addColumn('topic', types.text, (column) => column.notNull())
      .addColumn('ref', types.text, (column) => column.notNull())
      .addColumn('at', types.integer, (column) => column.notNull())
      .execute()
    await db.schema.createIndex('change_txid').on('change').column('txid').execute()
    await db.schema.createIndex('change_at').on('change').column('at').execute()
    await createTable('lease')
      .addColumn('name', types.id, (column) => column.primaryKey().notNull())
      .addColumn('holder', types.id, (column) => column.notNull())
      .addColumn('fence', types.integer, (column) => column.notNull())
      .addColumn('expires_at', types.integer, (column) => column.notNull())
      .execute()
    await createTable('idempotency')
      .addColumn('scope', types.id, (column) => column.notNull())
      .addColumn('key', types.id, (column) => column.notNull())
      .addColumn('fingerprint', types.text, (column) => column.notNull())
      .addColumn('ref', types.text, (column) => column.notNull())
      .addColumn('at', types.integer, (column) => column.notNull())
      .addPrimaryKeyConstraint('idempotency_pk', ['scope', 'key'])
      .execute()
    await db.schema.createIndex('idempotency_at').on('idempotency').column('at').execute()
  },
}
