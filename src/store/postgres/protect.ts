import { type Kysely, sql } from 'kysely'
import type { RowRule, RowRules } from '../rows.ts'
import { ALL } from '../scope.ts'
import { grantTables, isGranted, type Run } from './role.ts'
import { SETTING } from './scoped.ts'

const POLICY = 'sallyport_rows'

type TableState = { readonly name: string; readonly on: number; readonly forced: number; readonly rule: string | null }

/**
 * Holds every table of the rules to its rule, for its owner too, and lets the application use the tables. What is so
 * already is not touched, so that a start writes nothing.
 */
export async function protect(
  rules: RowRules,
  deps: { reads: Kysely<unknown>; asOwner: <R>(work: (db: Kysely<unknown>) => Promise<R>) => Promise<R> },
): Promise<void> {
  const isHeld = (await openTables(deps.reads, rules)).length === 0
  if (isHeld && (await maySee(deps.reads)) && (await isGranted(runOn(deps.reads)))) return
  await deps.asOwner(async (db) => {
    for (const table of await openTables(db, rules)) await hold(db, table, conditionOf(table, rules[table] as RowRule))
    await grantTables(runOn(db))
  })
}

function runOn(db: Kysely<unknown>): Run {
  return async <R extends object>(statement: string) => (await sql.raw<R>(statement).execute(db)).rows
}

/** Tables of the rules that are there and not held as the rules say. */
async function openTables(db: Kysely<unknown>, rules: RowRules): Promise<string[]> {
  const { rows } = await sql<TableState>`
    select c.relname as name, c.relrowsecurity as on, c.relforcerowsecurity as forced,
      obj_description(p.oid, 'pg_policy') as rule
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    left join pg_policy p on p.polrelid = c.oid and p.polname = ${POLICY}
    where n.nspname = current_schema() and c.relkind = 'r'`.execute(db)
  const wanted = rows.flatMap((row) => {
    const rule = Object.hasOwn(rules, row.name) ? rules[row.name] : undefined
    return rule === undefined ? [] : [{ ...row, wanted: conditionOf(row.name, rule) }]
  })
  const open = wanted.filter(({ on, forced, rule, wanted }) => on !== 1 || forced !== 1 || rule !== wanted)
  return open.map(({ name }) => name)
}

// Any table tells: they are granted together.
async function maySee(db: Kysely<unknown>): Promise<boolean> {
  const { rows } = await sql<{ count: number }>`
    select count(*) as count from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = current_schema() and c.relkind = 'r' and not has_table_privilege(c.oid, 'insert')`.execute(db)
  return rows[0]?.count === 0
}

// As a case it is guessed to hold for half of the rows; as an `or` for hardly any, and then lists are planned badly.
function conditionOf(table: string, rule: RowRule): string {
  const asked = `current_setting('${SETTING}', true)`
  const own = 'column' in rule ? `$row.${rule.column} = $organization` : rule.condition
  const theirs = own.replaceAll('$organization', asked).replaceAll('$row', table)
  return `case when ${asked} = '${ALL}' then true else ${theirs} end`
}

async function hold(db: Kysely<unknown>, table: string, condition: string): Promise<void> {
  const statements = [
    `alter table ${table} enable row level security, force row level security`,
    `drop policy if exists ${POLICY} on ${table}`,
    `create policy ${POLICY} on ${table} using (${condition}) with check (${condition})`,
    // What it was made from: the database itself gives a condition back in words of its own.
    `comment on policy ${POLICY} on ${table} is '${condition.replaceAll("'", "''")}'`,
  ]
  for (const statement of statements) await sql.raw(statement).execute(db)
}
