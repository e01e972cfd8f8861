import type { Clock } from '../core/index.ts'
import { Secret } from '../core/index.ts'
import type { Store } from '../store/index.ts'
import type { Box } from './box.ts'
import type { Resealer } from './reseal.ts'
import { tablesOf } from './tables.ts'

export const KEPT_PURPOSE = 'secrets.kept'
const BATCH = 50

/**
 * Makes a named secret once. Whoever comes first, in whichever process, makes it; all others get the same.
 *
 * @example const pepper = await secrets.keep('keys.pepper.1', () => randomBytes(32))
 */
export function createKeep(deps: { store: Store; clock: Clock; box: () => Promise<Box> }) {
  const { store, clock } = deps

  return async (name: string, make: () => Buffer): Promise<Secret<Buffer>> => {
    const box = await deps.box()
    const found = await sealedOf(store, name)
    if (found !== null) return new Secret(box.open(found, name))
    const row = { name, sealed: box.seal(make(), name), created_at: clock.now() }
    await store.write(async (tx) => {
      await tablesOf(tx)
        .insertInto('secret_kept')
        .values(row)
        .onConflict((conflict) => conflict.doNothing())
        .execute()
    })
    const kept = await sealedOf(store, name)
    if (kept === null) throw new Error(`the secret "${name}" was not kept`)
    return new Secret(box.open(kept, name))
  }
}

/** Seals the kept secrets with the newest data key. */
export const resealKept: Resealer = async (tx, reseal, after) => {
  const rows = await tablesOf(tx)
    .selectFrom('secret_kept')
    .select(['name', 'sealed'])
    .where('name', '>', after ?? '')
    .orderBy('name')
    .limit(BATCH)
    .execute()
  for (const { name, sealed } of rows) {
    await tablesOf(tx)
      .updateTable('secret_kept')
      .set({ sealed: reseal(sealed, name) })
      .where('name', '=', name)
      .execute()
  }
  return rows.length < BATCH ? null : (rows.at(-1)?.name ?? null)
}

async function sealedOf(store: Store, name: string): Promise<string | null> {
  const row = await tablesOf(store)
    .selectFrom('secret_kept')
    .select('sealed')
    .where('name', '=', name)
    .executeTakeFirst()
  return row?.sealed ?? null
}
