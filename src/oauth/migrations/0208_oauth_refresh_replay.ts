import type { MigrationContext } from '../../store/index.ts'

/** Answers to refresh tokens that were just used, for clients that lost them on the way. */
export async function up({ db, types, createTable }: MigrationContext): Promise<void> {
  const { text, integer, bytes } = types
  await createTable('refresh_replay')
    .addColumn('digest', bytes, (column) => column.primaryKey().notNull())
    // Who asked for what, with which key: nobody else gets the answer.
    .addColumn('binding', bytes, (column) => column.notNull())
    // Whoever makes the answer; who takes over from one that was lost writes another.
    .addColumn('maker', text, (column) => column.notNull())
    // Sealed; null while it is being made.
    .addColumn('answer', text)
    .addColumn('expires_at', integer, (column) => column.notNull())
    .execute()
  await db.schema.createIndex('refresh_replay_expires_at').on('refresh_replay').column('expires_at').execute()
}
