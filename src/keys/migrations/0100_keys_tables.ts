import { sql } from 'kysely'
import type { MigrationContext } from '../../store/index.ts'

export async function up({ db, types, createTable }: MigrationContext): Promise<void> {
  const { id, text, integer, bytes, json } = types

  await createTable('service')
    .addColumn('id', id, (column) => column.primaryKey().notNull())
    .addColumn('organization', id, (column) => column.notNull())
    .addColumn('name', text, (column) => column.notNull())
    .addColumn('description', text, (column) => column.notNull())
    .addColumn('enabled', integer, (column) => column.notNull())
    .addColumn('created_at', integer, (column) => column.notNull())
    .addColumn('created_by', id, (column) => column.notNull())
    .addColumn('changed_at', integer, (column) => column.notNull())
    .addColumn('changed_by', id, (column) => column.notNull())
    .addColumn('version', integer, (column) => column.notNull())
    .addUniqueConstraint('service_name', ['organization', 'name'])
    .execute()

  await createTable('api_key')
    .addColumn('id', id, (column) => column.primaryKey().notNull())
    .addColumn('organization', id, (column) => column.notNull())
    .addColumn('name', text, (column) => column.notNull())
    .addColumn('description', text, (column) => column.notNull())
    .addColumn('classification', text, (column) => column.notNull())
    .addColumn('owner_kind', text, (column) => column.notNull())
    .addColumn('owner_id', id, (column) => column.notNull())
    .addColumn('status', text, (column) => column.notNull())
    .addColumn('expires_at', integer, (column) => column.notNull())
    .addColumn('digest', bytes, (column) => column.notNull())
    .addColumn('pepper', integer, (column) => column.notNull())
    .addColumn('version', integer, (column) => column.notNull())
    .addColumn('rest', json, (column) => column.notNull())
    .addUniqueConstraint('api_key_digest', ['digest'])
    .execute()
  // Lists are newest first within an organization, and ids are ordered by time.
  await db.schema.createIndex('api_key_list').on('api_key').columns(['organization', 'id']).execute()
  await db.schema.createIndex('api_key_owner').on('api_key').columns(['owner_id', 'id']).execute()

  await createTable('api_key_tag')
    .addColumn('key_id', id, (column) => column.notNull())
    .addColumn('tag', text, (column) => column.notNull())
    .addPrimaryKeyConstraint('api_key_tag_pk', ['tag', 'key_id'])
    .execute()
  await db.schema.createIndex('api_key_tag_key').on('api_key_tag').column('key_id').execute()

  await createTable('api_key_use')
    .addColumn('key_id', id, (column) => column.primaryKey().notNull())
    .addColumn('total', integer, (column) => column.notNull())
    .addColumn('last_at', integer)
    .addColumn('last_address', text)
    .execute()

  await createTable('api_key_hour')
    .addColumn('key_id', id, (column) => column.notNull())
    .addColumn('hour', integer, (column) => column.notNull())
    .addColumn('uses', integer, (column) => column.notNull())
    .addPrimaryKeyConstraint('api_key_hour_pk', ['key_id', 'hour'])
    .execute()

  await createTable('api_key_quota')
    .addColumn('key_id', id, (column) => column.primaryKey().notNull())
    .addColumn('start', integer, (column) => column.notNull())
    .addColumn('used', integer, (column) => column.notNull())
    .execute()

  await createTable('key_pepper')
    .addColumn('version', integer, (column) => column.primaryKey().notNull())
    .addColumn('created_at', integer, (column) => column.notNull())
    .execute()
  await sql`insert into key_pepper (version, created_at) values (1, 0)`.execute(db)
}
