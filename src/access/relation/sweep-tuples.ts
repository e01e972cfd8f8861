import { sql } from 'kysely'
import { type Chore, startChore } from '../../store/index.ts'
import type { RelationsDeps } from './relations.ts'
import { tablesOf } from './tables.ts'

const EVERY_MS = 10 * 60 * 1000
const AT_ONCE = 1_000

/** Removes tuples that ended, some at a time. They counted for nothing since they ended, so no revision is raised. */
export function startSweepingTuples({ store, clock, onError }: RelationsDeps): Chore {
  return startChore({
    leases: store.leases,
    name: 'relations.sweep',
    every: EVERY_MS,
    lease: EVERY_MS,
    work: async (held) => {
      while ((await sweep()) === AT_ONCE && (await held()));
    },
    onError,
  })

  function sweep(): Promise<number> {
    return store.write(async (tx) => {
      const ended = sql`select organization, object_type, object_id, relation, subject_relation, subject_type, subject_id
        from access_tuple where expires_at <= ${clock.now()} limit ${AT_ONCE}`
      const { numAffectedRows } = await sql`delete from access_tuple
        where (organization, object_type, object_id, relation, subject_relation, subject_type, subject_id) in (${ended})`.execute(
        tablesOf(tx),
      )
      return Number(numAffectedRows ?? 0)
    })
  }
}
