import type { Caller } from '../../core/index.ts'
import type { Transaction } from '../../store/index.ts'
import { type StateRow, tablesOf } from './tables.ts'

/** Raises the revision of an organization's relations, and holds its row until the transaction ends. */
export async function raiseRevision(
  tx: Transaction,
  organization: string,
  caller: Caller,
  now: number,
): Promise<StateRow> {
  const changed = { changed_at: now, changed_by: caller.principal.id }
  return tablesOf(tx)
    .insertInto('access_relation_state')
    .values({ organization, revision: 1, model: null, model_version: 0, ...changed })
    .onConflict((conflict) =>
      conflict
        .column('organization')
        .doUpdateSet((eb) => ({ revision: eb('access_relation_state.revision', '+', 1), ...changed })),
    )
    .returningAll()
    .executeTakeFirstOrThrow()
}
