import { type Kysely, sql } from 'kysely'
import type { Store, Transaction } from '../../store/index.ts'
import type { Grant, Grantee, GrantKind } from './grant.ts'

export const GRANT_TOPIC = 'grant'

type GrantRow = {
  id: string
  organization: string
  principal_kind: string
  principal: string
  kind: string
  name: string
  reason: string
  given_at: number
  given_by: string
  until: number | null
  ended_at: number | null
  ended_by: string | null
}
export type GrantTables = Kysely<{ access_grant: GrantRow }>

export function grantTables(store: Pick<Store, 'tables'> | Pick<Transaction, 'tables'>): GrantTables {
  return store.tables()
}

/** Those who give something to one principal wait for each other, so that none gets more than may be. */
export async function holdGrantee(tx: Transaction, principal: string): Promise<void> {
  if (tx.dialect !== 'postgres') return
  await sql`select pg_advisory_xact_lock(hashtextextended(${`grants of ${principal}`}, 0))`.execute(grantTables(tx))
}

/** Grants that nobody ended and whose time is not over, of a principal or of all with null. */
export async function readWorking(db: GrantTables, principal: string | null, now: number): Promise<Grant[]> {
  const all = db
    .selectFrom('access_grant')
    .selectAll()
    .where('ended_at', 'is', null)
    .where((row) => row.or([row('until', 'is', null), row('until', '>', now)]))
  const some = principal === null ? all : all.where('principal', '=', principal)
  return (await some.orderBy('id').execute()).map(grantOf)
}

export async function findGrant(db: GrantTables, organization: string, id: string): Promise<Grant | null> {
  const row = await db
    .selectFrom('access_grant')
    .selectAll()
    .where('organization', '=', organization)
    .where('id', '=', id)
    .executeTakeFirst()
  return row === undefined ? null : grantOf(row)
}

export type GrantFilter = {
  readonly principal?: string | undefined
  readonly kind?: GrantKind | undefined
  readonly name?: string | undefined
  /** Only those that work at this time, in milliseconds. */
  readonly workingAt?: number | undefined
}

/** Newest first, continuing before an id. */
export async function listGrants(
  db: GrantTables,
  organization: string,
  filter: GrantFilter,
  { before, limit }: { readonly before: string | null; readonly limit: number },
): Promise<Grant[]> {
  let query = db.selectFrom('access_grant').selectAll().where('organization', '=', organization)
  const { principal, kind, name, workingAt } = filter
  if (principal !== undefined) query = query.where('principal', '=', principal)
  if (kind !== undefined) query = query.where('kind', '=', kind)
  if (name !== undefined) query = query.where('name', '=', name)
  if (workingAt !== undefined) {
    query = query
      .where('given_at', '<=', workingAt)
      .where((row) => row.or([row('until', 'is', null), row('until', '>', workingAt)]))
      .where((row) => row.or([row('ended_at', 'is', null), row('ended_at', '>', workingAt)]))
  }
  if (before !== null) query = query.where('id', '<', before)
  return (await query.orderBy('id', 'desc').limit(limit).execute()).map(grantOf)
}

export async function insertGrant(tx: Transaction, grant: Grant): Promise<void> {
  const { id, organization, principal, kind, name, reason, until } = grant
  const row = { id, organization, principal_kind: principal.kind, principal: principal.id, kind, name, reason, until }
  const stamps = { given_at: grant.givenAt, given_by: grant.givenBy, ended_at: null, ended_by: null }
  await grantTables(tx)
    .insertInto('access_grant')
    .values({ ...row, ...stamps })
    .execute()
}

/** Ends grants that nobody ended yet: of two who end one at once one does. @returns whose they were */
export async function endGrants(
  tx: Transaction,
  which: { readonly organization: string; readonly id?: string; readonly principal?: string; readonly role?: string },
  by: { readonly at: number; readonly id: string },
): Promise<readonly Grant[]> {
  let query = grantTables(tx)
    .updateTable('access_grant')
    .set({ ended_at: by.at, ended_by: by.id })
    .where('organization', '=', which.organization)
    .where('ended_at', 'is', null)
  if (which.id !== undefined) query = query.where('id', '=', which.id)
  if (which.principal !== undefined) query = query.where('principal', '=', which.principal)
  if (which.role !== undefined) query = query.where('kind', '=', 'role').where('name', '=', which.role)
  const ended = (await query.returningAll().execute()).map(grantOf)
  for (const principal of new Set(ended.map((grant) => grant.principal.id))) await tx.announce(GRANT_TOPIC, principal)
  return ended
}

function grantOf(row: GrantRow): Grant {
  return {
    id: row.id,
    organization: row.organization,
    principal: { kind: row.principal_kind as Grantee['kind'], id: row.principal },
    kind: row.kind as GrantKind,
    name: row.name,
    reason: row.reason,
    givenAt: row.given_at,
    givenBy: row.given_by,
    until: row.until,
    endedAt: row.ended_at,
    endedBy: row.ended_by,
  }
}

/** Grants whose time was over between two times, in milliseconds, and that nobody had ended. */
export async function readRunOut(
  db: GrantTables,
  organization: string,
  part: { readonly since: number; readonly until: number; readonly limit: number },
): Promise<Grant[]> {
  const rows = await db
    .selectFrom('access_grant')
    .selectAll()
    .where('organization', '=', organization)
    .where('ended_at', 'is', null)
    .where('until', '>=', part.since)
    .where('until', '<', part.until)
    .orderBy('until')
    .limit(part.limit)
    .execute()
  return rows.map(grantOf)
}
