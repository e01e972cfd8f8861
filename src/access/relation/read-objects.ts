import { sql } from 'kysely'
import type { Step } from './reach.ts'
import { listOf, type Source } from './read-level.ts'

/** Reads a page of the objects that steps lead to: the ids after one, in the order of their bytes. */
export async function readObjects(
  source: Source,
  steps: readonly Step[],
  after: string,
  most: number,
): Promise<string[]> {
  if (steps.length === 0) return []
  const { dialect, organization, now, db } = source
  const rows = steps.map(({ subject, type, relation }) => [subject.type, subject.id, subject.relation, type, relation])
  const { from, at } = listOf(dialect, rows)
  const part = sql`select x.object_id from access_tuple as x where x.organization = ${organization}
    and x.subject_type = ${at(0)} and x.subject_id = ${at(1)} and x.subject_relation = ${at(2)}
    and x.object_type = ${at(3)} and x.relation = ${at(4)} and x.object_id > ${after}
    and (x.expires_at is null or x.expires_at > ${now}) order by x.object_id limit ${most}`
  // Of each step no more is read than the page can hold.
  const found =
    dialect === 'postgres'
      ? sql`${from} cross join lateral (${part}) as t`
      : sql`${from} cross join access_tuple as t where t.organization = ${organization}
          and t.subject_type = ${at(0)} and t.subject_id = ${at(1)} and t.subject_relation = ${at(2)}
          and t.object_type = ${at(3)} and t.relation = ${at(4)} and t.object_id in (${part})`
  const query = sql<{ id: string }>`select distinct t.object_id as id from ${found} order by id limit ${most}`
  const answer = await query.execute(db)
  return answer.rows.map(({ id }) => id)
}
