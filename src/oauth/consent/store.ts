import type { Kysely } from 'kysely'
import type { Store, Transaction } from '../../store/index.ts'
import type { Consent, ConsentKind, Item, Parties } from './consent.ts'

type ConsentRow = {
  id: string
  person_id: string
  organization: string
  client_id: string
  created_at: number
  changed_at: number
}

type ItemRow = { consent_id: string; kind: string; resource: string; name: string; agreed_at: number }

type ConsentTables = Kysely<{ oauth_consent: ConsentRow; oauth_consent_item: ItemRow }>

export function consentTables(source: Pick<Store, 'tables'> | Pick<Transaction, 'tables'>): ConsentTables {
  return source.tables()
}

/** What a person agreed to with a client; null for nothing. */
export async function findConsent(db: ConsentTables, parties: Parties): Promise<Consent | null> {
  const row = await db
    .selectFrom('oauth_consent')
    .selectAll()
    .where('person_id', '=', parties.personId)
    .where('organization', '=', parties.organization)
    .where('client_id', '=', parties.clientId)
    .executeTakeFirst()
  return row === undefined ? null : consentOf(row, await itemRows(db, [row.id]))
}

export async function findConsentById(db: ConsentTables, id: string): Promise<Consent | null> {
  const row = await db.selectFrom('oauth_consent').selectAll().where('id', '=', id).executeTakeFirst()
  return row === undefined ? null : consentOf(row, await itemRows(db, [row.id]))
}

/** Newest first, continuing before an id; those of one organization, or of all with null. */
export async function listConsents(
  db: ConsentTables,
  { personId, organization }: { readonly personId: string; readonly organization: string | null },
  { before, limit }: { readonly before: string | null; readonly limit: number },
): Promise<Consent[]> {
  let query = db.selectFrom('oauth_consent').selectAll().where('person_id', '=', personId)
  if (organization !== null) query = query.where('organization', '=', organization)
  if (before !== null) query = query.where('id', '<', before)
  const rows = await query.orderBy('id', 'desc').limit(limit).execute()
  const ids = rows.map(({ id }) => id)
  const items = await itemRows(db, ids)
  return rows.map((row) => consentOf(row, items))
}

/** Writes a consent down, or takes the one that is there. @returns its id */
export async function keepConsent(tx: Transaction, id: string, parties: Parties, now: number): Promise<string> {
  const { personId, organization, clientId } = parties
  const row = { id, person_id: personId, organization, client_id: clientId, created_at: now, changed_at: now }
  const kept = await consentTables(tx)
    .insertInto('oauth_consent')
    .values(row)
    .onConflict((conflict) =>
      conflict.columns(['person_id', 'organization', 'client_id']).doUpdateSet({ changed_at: now }),
    )
    .returning('id')
    .executeTakeFirstOrThrow()
  return kept.id
}

export async function keepItems(tx: Transaction, id: string, items: readonly Item[], now: number): Promise<void> {
  if (items.length === 0) return
  await consentTables(tx)
    .insertInto('oauth_consent_item')
    .values(items.map(({ kind, resource, name }) => ({ consent_id: id, kind, resource, name, agreed_at: now })))
    .onConflict((conflict) =>
      conflict.columns(['consent_id', 'kind', 'resource', 'name']).doUpdateSet({ agreed_at: now }),
    )
    .execute()
}

/** @returns whether it was there: of many at once one deletes it */
export async function deleteConsent(tx: Transaction, id: string): Promise<boolean> {
  const { numDeletedRows } = await consentTables(tx).deleteFrom('oauth_consent').where('id', '=', id).executeTakeFirst()
  await consentTables(tx).deleteFrom('oauth_consent_item').where('consent_id', '=', id).execute()
  return numDeletedRows === 1n
}

async function itemRows(db: ConsentTables, ids: readonly string[]): Promise<ItemRow[]> {
  if (ids.length === 0) return []
  return db
    .selectFrom('oauth_consent_item')
    .selectAll()
    .where('consent_id', 'in', ids)
    .orderBy('kind')
    .orderBy('resource')
    .orderBy('name')
    .execute()
}

function consentOf(row: ConsentRow, items: readonly ItemRow[]): Consent {
  return {
    id: row.id,
    personId: row.person_id,
    organization: row.organization,
    clientId: row.client_id,
    createdAt: row.created_at,
    changedAt: row.changed_at,
    items: items.filter(({ consent_id }) => consent_id === row.id).map(itemOf),
  }
}

function itemOf({ kind, resource, name, agreed_at }: ItemRow) {
  return { kind: kind as ConsentKind, resource, name, agreedAt: agreed_at }
}
