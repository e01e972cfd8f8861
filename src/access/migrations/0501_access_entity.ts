import type { MigrationContext } from '../../store/index.ts'

/** What is known of subjects and resources that others look after, and questions that were asked, for dry runs. */
export async function up({ db, types, createTable }: MigrationContext): Promise<void> {
  const { id, integer, json } = types
  await createTable('access_entity')
    .addColumn('organization', id, (column) => column.notNull())
    .addColumn('type', id, (column) => column.notNull())
    .addColumn('id', id, (column) => column.notNull())
    .addColumn('roles', json, (column) => column.notNull())
    .addColumn('properties', json, (column) => column.notNull())
    .addColumn('changed_at', integer, (column) => column.notNull())
    .addColumn('changed_by', id, (column) => column.notNull())
    .addPrimaryKeyConstraint('access_entity_pk', ['organization', 'type', 'id'])
    .execute()
  await createTable('access_question')
    .addColumn('id', id, (column) => column.primaryKey().notNull())
    .addColumn('organization', id, (column) => column.notNull())
    .addColumn('question', json, (column) => column.notNull())
    .execute()
  await db.schema.createIndex('access_question_of').on('access_question').columns(['organization', 'id']).execute()
}
