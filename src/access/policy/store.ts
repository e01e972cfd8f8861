import type { Kysely } from 'kysely'
import type { Store, Transaction } from '../../store/index.ts'
import type { Policy, PolicyBook, PolicyContent, PolicyVersion } from './policy.ts'
import { MOST } from './policy.ts'

type Stamp = { changed_at: number; changed_by: string; version: number }
type PolicyRow = Stamp & {
  id: string
  organization: string
  name: string
  /** All that somebody writes of it but the name, as JSON. */
  content: string
  created_at: number
  created_by: string
}
type VersionRow = Stamp & { policy: string; organization: string; content: string }
type BookRow = { organization: string; version: number; schema: string | null }

export type PolicyTables = Kysely<{
  access_policy: PolicyRow
  access_policy_version: VersionRow
  access_policy_book: BookRow
}>

export function policyTables(store: Pick<Store, 'tables'> | Pick<Transaction, 'tables'>): PolicyTables {
  return store.tables()
}

/** All that an organization decides by; without any, version 0 and nothing. */
export async function readBook(db: PolicyTables, organization: string): Promise<PolicyBook> {
  // First the version: what changes between the two reads makes a save stale, never the other way.
  const book = await db
    .selectFrom('access_policy_book')
    .selectAll()
    .where('organization', '=', organization)
    .executeTakeFirst()
  const rows = await db
    .selectFrom('access_policy')
    .selectAll()
    .where('organization', '=', organization)
    .orderBy('id')
    .execute()
  return { version: book?.version ?? 0, schema: book?.schema ?? null, policies: rows.map(policyOf) }
}

/** Writes that the book changed, if it is still at the version that was read: a compare-and-set. */
export async function turnBook(
  tx: Transaction,
  organization: string,
  from: number,
  schema: string | null,
): Promise<boolean> {
  const tables = policyTables(tx)
  if (from === 0) {
    const row = { organization, version: 1, schema }
    const { numInsertedOrUpdatedRows } = await tables
      .insertInto('access_policy_book')
      .values(row)
      .onConflict((conflict) => conflict.doNothing())
      .executeTakeFirst()
    return numInsertedOrUpdatedRows === 1n
  }
  const { numUpdatedRows } = await tables
    .updateTable('access_policy_book')
    .set({ version: from + 1, schema })
    .where('organization', '=', organization)
    .where('version', '=', from)
    .executeTakeFirst()
  return numUpdatedRows === 1n
}

/** Writes a policy as it is now, and what it says under its version. */
export async function writePolicy(tx: Transaction, policy: Policy): Promise<void> {
  const { id, organization, name, version } = policy
  const content = JSON.stringify(contentOf(policy))
  const stamp = { content, changed_at: policy.changedAt, changed_by: policy.changedBy, version }
  const tables = policyTables(tx)
  await tables
    .insertInto('access_policy')
    .values({ id, organization, name, ...stamp, created_at: policy.createdAt, created_by: policy.createdBy })
    .onConflict((conflict) => conflict.column('id').doUpdateSet({ name, ...stamp }))
    .execute()
  await tables
    .insertInto('access_policy_version')
    .values({ policy: id, organization, ...stamp })
    .execute()
  await tables
    .deleteFrom('access_policy_version')
    .where('policy', '=', id)
    .where('version', '<=', version - MOST.versions)
    .execute()
}

export async function deletePolicyRow(tx: Transaction, id: string): Promise<void> {
  await policyTables(tx).deleteFrom('access_policy_version').where('policy', '=', id).execute()
  await policyTables(tx).deleteFrom('access_policy').where('id', '=', id).execute()
}

/** A policy of an organization, or null. */
export async function findPolicyRow(db: PolicyTables, id: string, organization: string): Promise<Policy | null> {
  const query = db.selectFrom('access_policy').selectAll().where('id', '=', id)
  const row = await query.where('organization', '=', organization).executeTakeFirst()
  return row === undefined ? null : policyOf(row)
}

/** Policies of an organization, newest first, continuing before an id. */
export async function listPolicyRows(
  db: PolicyTables,
  organization: string,
  { before, limit }: { readonly before: string | null; readonly limit: number },
): Promise<Policy[]> {
  const all = db.selectFrom('access_policy').selectAll().where('organization', '=', organization)
  const rows = await (before === null ? all : all.where('id', '<', before)).orderBy('id', 'desc').limit(limit).execute()
  return rows.map(policyOf)
}

/** What a policy said, newest first. */
export async function listVersionRows(db: PolicyTables, id: string, organization: string): Promise<PolicyVersion[]> {
  const rows = await db
    .selectFrom('access_policy_version')
    .selectAll()
    .where('policy', '=', id)
    .where('organization', '=', organization)
    .orderBy('version', 'desc')
    .execute()
  return rows.map(({ content, version, changed_at, changed_by }) => {
    const said: PolicyContent = JSON.parse(content)
    return { ...said, version, changedAt: changed_at, changedBy: changed_by }
  })
}

function contentOf({ name, description, text, enabled, examples }: PolicyContent): PolicyContent {
  return { name, description, text, enabled, examples }
}

function policyOf(row: PolicyRow): Policy {
  const content: PolicyContent = JSON.parse(row.content)
  return {
    ...contentOf(content),
    id: row.id,
    organization: row.organization,
    createdAt: row.created_at,
    createdBy: row.created_by,
    changedAt: row.changed_at,
    changedBy: row.changed_by,
    version: row.version,
  }
}
