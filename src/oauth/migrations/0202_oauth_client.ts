import type { ColumnDefinitionBuilder } from 'kysely'
import type { MigrationContext } from '../../store/index.ts'

type Column = ColumnDefinitionBuilder
const NOT_NULL = (column: Column) => column.notNull()
const KEY = (column: Column) => column.primaryKey().notNull()

/** Clients of the authorization server, and what proves them. */
export async function up({ db, types, createTable }: MigrationContext): Promise<void> {
  const { id, text, integer, bytes, json } = types
  await createTable('oauth_client')
    .addColumn('id', id, KEY)
    .addColumn('organization', id, NOT_NULL)
    .addColumn('name', text, NOT_NULL)
    .addColumn('enabled', integer, NOT_NULL)
    .addColumn('source', text, NOT_NULL)
    .addColumn('created_at', integer, NOT_NULL)
    .addColumn('created_by', id, NOT_NULL)
    .addColumn('updated_at', integer, NOT_NULL)
    .addColumn('updated_by', id, NOT_NULL)
    .addColumn('last_used_at', integer)
    .addColumn('version', integer, NOT_NULL)
    .addColumn('rest', json, NOT_NULL)
    .execute()
  await db.schema.createIndex('oauth_client_list').on('oauth_client').columns(['organization', 'id']).execute()
  await createTable('oauth_client_secret')
    .addColumn('id', id, KEY)
    .addColumn('client_id', id, NOT_NULL)
    .addColumn('digest', bytes, NOT_NULL)
    .addColumn('hint', text, NOT_NULL)
    .addColumn('created_at', integer, NOT_NULL)
    .addColumn('expires_at', integer)
    .addColumn('used_at', integer)
    .execute()
  await db.schema.createIndex('oauth_client_secret_of').on('oauth_client_secret').columns(['client_id']).execute()
}
