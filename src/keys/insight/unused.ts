import type { Kysely } from 'kysely'
import { createId } from '../../core/index.ts'
import type { Store } from '../../store/index.ts'
import type { Key } from '../key.ts'
import { keyOf } from '../row.ts'
import { type Reach, readTables } from '../store.ts'
import type { KeyTables } from '../tables.ts'
import { DAY } from './span.ts'

/** An id tells its time in so many characters. */
const TIME_CHARACTERS = 9

/** A key that nobody used for a while, and when it last was used. */
export type UnusedKey = { readonly key: Key; readonly lastUsedAt: number | null }

/** A part of the list. `next` is the id to go on before; null means that there is nothing more. */
export type UnusedKeys = { readonly items: readonly UnusedKey[]; readonly next: string | null }

/** So many keys are looked at for one page: where most keys are in use, a page may hold few of them and still go on. */
const MOST_LOOKED_AT = 2000

/**
 * Keys that still work, are at least so many days old and were not used for as long; newest first, continuing before an id.
 *
 * @param part.now milliseconds
 */
export async function unusedKeys(
  store: Pick<Store, 'tables'>,
  reach: Reach,
  days: number,
  part: { readonly before: string | null; readonly limit: number; readonly now: number },
): Promise<UnusedKeys> {
  const quiet = part.now - days * DAY
  const db = readTables(store)
  const walk = walked(db, reach, earlier(part.before, madeUntil(quiet)))
  const rows = await db
    .selectFrom('api_key')
    .leftJoin('api_key_use', 'api_key_use.key_id', 'api_key.id')
    .selectAll('api_key')
    .select('api_key_use.last_at')
    .where('api_key.id', 'in', db.selectFrom(walk.limit(MOST_LOOKED_AT).as('walked')).select('walked.id'))
    .where('status', '!=', 'revoked')
    .where('expires_at', '>', part.now)
    .where((it) => it.or([it('last_at', 'is', null), it('last_at', '<=', quiet)]))
    .orderBy('api_key.id', 'desc')
    .limit(part.limit + 1)
    .execute()
  const items = rows.slice(0, part.limit).map(({ last_at, ...row }) => ({ key: keyOf(row), lastUsedAt: last_at }))
  if (rows.length > part.limit) return { items, next: items.at(-1)?.key.id ?? null }
  const last = await walk
    .limit(1)
    .offset(MOST_LOOKED_AT - 1)
    .executeTakeFirst()
  return { items, next: last?.id ?? null }
}

function walked(db: Kysely<KeyTables>, { organization, ownerId }: Reach, before: string) {
  const mine = db.selectFrom('api_key').select('id').where('organization', '=', organization).where('id', '<', before)
  return (ownerId === null ? mine : mine.where('owner_id', '=', ownerId)).orderBy('id', 'desc')
}

// Ids begin with the time of their making, so that no younger key is looked at.
function madeUntil(at: number): string {
  return createId('key', at + 1).slice(0, 'key_'.length + TIME_CHARACTERS)
}

function earlier(before: string | null, bound: string): string {
  return before !== null && before < bound ? before : bound
}
