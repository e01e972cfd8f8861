import { sql } from 'kysely'
import { DEFAULT_ORGANIZATION } from '../../core/index.ts'
import type { MigrationContext } from '../../store/index.ts'

/** The organization that everything belonged to before there were any. */
export async function up({ db }: MigrationContext): Promise<void> {
  await sql`insert into organization
    (id, name, name_key, enabled, created_at, created_by, changed_at, changed_by, version, rest)
    values (${DEFAULT_ORGANIZATION}, 'Default', 'default', 1, 0, 'system', 0, 'system', 1, '{}')`.execute(db)
}
