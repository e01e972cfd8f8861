import { type Kysely, type RawBuilder, sql } from 'kysely'
import { type Dialect, KEEP_PLAN } from '../../store/index.ts'
import type { RelationTables } from './tables.ts'
import { EVERYBODY, type ObjectRef, type SubjectRef } from './tuple.ts'

/** A relation of an object. */
export type Place = { readonly object: ObjectRef; readonly relation: string }

/** Where a subject may be named: in a relation of objects of a type. */
export type Holding = { readonly subject: SubjectRef; readonly type: string; readonly relation: string }

/** All that one step of a walk wants to know. Rows say by `n` which of a list they answer. */
export type Wanted = {
  /** Whether the subject itself, or everybody of its type, is named there. */
  readonly exact: readonly Place[]
  /** Which usersets are named there. */
  readonly usersets: readonly Place[]
  /** Which single subjects are named there. */
  readonly singles: readonly Place[]
  /** Of which objects a subject is named. */
  readonly holdings: readonly Holding[]
}

export type Arm = keyof Wanted
export type Found = { readonly arm: Arm; readonly n: number } & SubjectRef

export type Level = {
  /** What was committed when it was read. */
  readonly revision: number
  readonly version: number
  readonly found: readonly Found[]
}

/** What every reading of tuples needs. */
export type Source = {
  readonly dialect: Dialect
  readonly db: Kysely<RelationTables>
  readonly organization: string
  /** Milliseconds since the epoch: what ended by then is not there. */
  readonly now: number
}

type Row = { arm: string; n: number; type: string; id: string; relation: string }

/**
 * Reads one step of a walk by one query, whatever its width.
 *
 * @param subject whom `exact` asks for
 * @param most rows; one more than that is read, so that the caller sees that there are more
 */
export async function readLevel(source: Source, subject: SubjectRef, wanted: Wanted, most: number): Promise<Level> {
  const { organization } = source
  // Lists are as wide as they come, and one plan is not good for all.
  const how = sql.raw(isNarrow(wanted) ? KEEP_PLAN : '')
  const state = sql`select 'state' as arm, 0 as n, cast(revision as text) as type,
    cast(model_version as text) as id, '' as relation from access_relation_state where organization = ${organization}`
  const arms = [state, ...armsOf(source, subject, wanted)]
  const query = sql<Row>`${how}${sql.join(arms, sql` union all `)} limit ${most + 2}`
  const { rows } = await query.execute(source.db)
  const [first] = rows
  const found = rows.filter(({ arm }) => arm !== 'state') as Found[]
  return { revision: Number(first?.type ?? 0), version: Number(first?.id ?? 0), found }
}

const NARROW = 64

function isNarrow({ exact, usersets, singles, holdings }: Wanted): boolean {
  return exact.length + usersets.length + singles.length + holdings.length <= NARROW
}

function armsOf(source: Source, subject: SubjectRef, { exact, usersets, singles, holdings }: Wanted) {
  const arms: RawBuilder<unknown>[] = []
  if (exact.length > 0) arms.push(placesArm(source, 'exact', exact, exactly(subject)))
  if (usersets.length > 0) arms.push(placesArm(source, 'usersets', usersets, sql`t.subject_relation > ''`))
  if (singles.length > 0) arms.push(placesArm(source, 'singles', singles, sql`t.subject_relation = ''`))
  if (holdings.length > 0) arms.push(holdingsArm(source, holdings))
  return arms
}

function exactly({ type, id, relation }: SubjectRef): RawBuilder<unknown> {
  const everybody = relation === '' ? EVERYBODY : id
  return sql`t.subject_relation = ${relation} and t.subject_type = ${type} and t.subject_id in (${id}, ${everybody})`
}

function placesArm(source: Source, arm: Arm, places: readonly Place[], which: RawBuilder<unknown>) {
  const rows = places.map(({ object, relation }) => [object.type, object.id, relation])
  const { from, at } = listOf(source.dialect, rows)
  return sql`select ${sql.lit(arm)} as arm, w.n, t.subject_type as type, t.subject_id as id, t.subject_relation as relation
    from ${from} cross join ${tuples(
      source,
      sql`t.object_type = ${at(0)} and t.object_id = ${at(1)}
      and t.relation = ${at(2)} and ${which}`,
    )}`
}

function holdingsArm(source: Source, holdings: readonly Holding[]) {
  const rows = holdings.map(({ subject, type, relation }) => [
    subject.type,
    subject.id,
    subject.relation,
    type,
    relation,
  ])
  const { from, at } = listOf(source.dialect, rows)
  return sql`select 'holdings' as arm, w.n, t.object_type as type, t.object_id as id, t.relation
    from ${from} cross join ${tuples(
      source,
      sql`t.subject_type = ${at(0)} and t.subject_id = ${at(1)}
      and t.subject_relation = ${at(2)} and t.object_type = ${at(3)} and t.relation = ${at(4)}`,
    )}`
}

// Both databases must take the list first and look each of it up: the other way round they would read every tuple.
function tuples({ dialect, organization, now }: Source, which: RawBuilder<unknown>) {
  const where = sql`t.organization = ${organization} and ${which} and (t.expires_at is null or t.expires_at > ${now})`
  if (dialect === 'sqlite') return sql`access_tuple as t where ${where}`
  return sql`lateral (select * from access_tuple as t where ${where} offset 0) as t`
}

/** A list of texts as a table `w` with its index `n`, and the columns of it. */
export function listOf(dialect: Dialect, rows: readonly (readonly string[])[]) {
  const width = rows[0]?.length ?? 0
  if (dialect === 'sqlite') {
    const from = sql`(select key as n, value from json_each(${JSON.stringify(rows)})) as w`
    return { from, at: (i: number) => sql`w.value ->> ${sql.lit(i)}` }
  }
  const columns = Array.from({ length: width }, (_, i) => sql`${rows.map((row) => row[i] ?? '')}::text[]`)
  const names = Array.from({ length: width }, (_, i) => sql.ref(`c${i}`))
  const from = sql`(select u.*, u.ord - 1 as n
    from unnest(${sql.join(columns)}) with ordinality as u(${sql.join(names)}, ord)) as w`
  return { from, at: (i: number) => sql`w.${sql.raw(`c${i}`)}` }
}
