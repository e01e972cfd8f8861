import type { Kysely } from 'kysely'
import type { Store, Transaction } from '../../store/index.ts'
import type { GrantKind } from '../grant/grant.ts'

/** The migration that made the table: when it was applied is since when uses are known. */
const MADE_BY = '0530_access_use'

/** On which day, in milliseconds of its beginning, somebody last used something. */
export type UseRow = {
  readonly organization: string
  readonly principal: string
  readonly kind: GrantKind
  readonly name: string
  readonly day: number
}

type UseTables = Kysely<{ access_use: UseRow; migration: { name: string; at: number } }>

function useTables(store: Pick<Store, 'tables'> | Pick<Transaction, 'tables'>): UseTables {
  return store.tables()
}

/** Writes days; a later one that is there already stays. */
export async function writeUses(tx: Transaction, rows: readonly UseRow[]): Promise<void> {
  await useTables(tx)
    .insertInto('access_use')
    .values([...rows])
    .onConflict((conflict) =>
      conflict
        .columns(['organization', 'principal', 'kind', 'name'])
        .doUpdateSet({ day: (row) => row.ref('excluded.day') })
        .whereRef('access_use.day', '<', 'excluded.day'),
    )
    .execute()
}

/** The last days of some principals of an organization. */
export async function readUses(
  store: Pick<Store, 'tables'>,
  organization: string,
  principals: readonly string[],
): Promise<readonly UseRow[]> {
  if (principals.length === 0) return []
  return useTables(store)
    .selectFrom('access_use')
    .selectAll()
    .where('organization', '=', organization)
    .where('principal', 'in', [...principals])
    .execute()
}

/** Since when uses are known, in milliseconds. */
export async function knownSince(store: Pick<Store, 'tables'>): Promise<number> {
  const migrations = useTables(store).selectFrom('migration').select('at')
  return (await migrations.where('name', '=', MADE_BY).executeTakeFirstOrThrow()).at
}

/** Forgets what was last used before a day, so many at once. @returns how many it forgot */
export async function forgetUses(tx: Transaction, before: number, most: number): Promise<number> {
  const db = useTables(tx)
  const old = await db.selectFrom('access_use').selectAll().where('day', '<', before).limit(most).execute()
  for (const { organization, principal, kind, name } of old) {
    await db
      .deleteFrom('access_use')
      .where('organization', '=', organization)
      .where('principal', '=', principal)
      .where('kind', '=', kind)
      .where('name', '=', name)
      .where('day', '<', before)
      .execute()
  }
  return old.length
}
