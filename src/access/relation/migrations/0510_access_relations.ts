import { sql } from 'kysely'
import type { MigrationContext } from '../../../store/index.ts'

export async function up({ db, dialect, types, createTable }: MigrationContext): Promise<void> {
  const { id, text, integer, json } = types

  await createTable('access_relation_state')
    .addColumn('organization', id, (column) => column.primaryKey().notNull())
    .addColumn('revision', integer, (column) => column.notNull())
    .addColumn('model', json)
    .addColumn('model_version', integer, (column) => column.notNull())
    .addColumn('changed_at', integer, (column) => column.notNull())
    .addColumn('changed_by', id, (column) => column.notNull())
    .execute()

  // The key reads from the object: all subjects of one kind lie beside each other, usersets apart from single subjects.
  const tuples = createTable('access_tuple')
    .addColumn('organization', id, (column) => column.notNull())
    .addColumn('object_type', text, (column) => column.notNull())
    .addColumn('object_id', text, (column) => column.notNull())
    .addColumn('relation', text, (column) => column.notNull())
    .addColumn('subject_relation', text, (column) => column.notNull())
    .addColumn('subject_type', text, (column) => column.notNull())
    .addColumn('subject_id', text, (column) => column.notNull())
    .addColumn('expires_at', integer)
    .addColumn('created_at', integer, (column) => column.notNull())
    .addPrimaryKeyConstraint('access_tuple_pk', [
      'organization',
      'object_type',
      'object_id',
      'relation',
      'subject_relation',
      'subject_type',
      'subject_id',
    ])
  await (dialect === 'sqlite' ? tuples.modifyEnd(sql`, without rowid`) : tuples).execute()

  // And one that reads from the subject.
  await db.schema
    .createIndex('access_tuple_subject')
    .on('access_tuple')
    .columns([
      'organization',
      'subject_type',
      'subject_id',
      'subject_relation',
      'object_type',
      'relation',
      'object_id',
      'expires_at',
    ])
    .execute()
  await db.schema.createIndex('access_tuple_expiry').on('access_tuple').column('expires_at').execute()
}
