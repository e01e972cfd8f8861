import type { Kysely } from 'kysely'
import type { Store, Transaction } from '../../store/index.ts'
import type { ClientSecret, ClientSettings, ClientSource, OauthClient } from './client.ts'
import { settingsOf } from './settings.ts'

type ClientRow = {
  id: string
  organization: string
  name: string
  enabled: number
  source: string
  created_at: number
  created_by: string
  updated_at: number
  updated_by: string
  last_used_at: number | null
  version: number
  /** The settings but the name, as JSON. */
  rest: string
}

type SecretRow = {
  id: string
  client_id: string
  digest: Uint8Array
  hint: string
  created_at: number
  expires_at: number | null
  used_at: number | null
}

export type ClientTables = Kysely<{ oauth_client: ClientRow; oauth_client_secret: SecretRow }>

export function clientTables(store: Pick<Store, 'tables'> | Pick<Transaction, 'tables'>): ClientTables {
  return store.tables()
}

/** A client, whichever organization it is of. */
export async function findClientRow(db: ClientTables, id: string): Promise<OauthClient | null> {
  const row = await db.selectFrom('oauth_client').selectAll().where('id', '=', id).executeTakeFirst()
  return row === undefined ? null : clientOf(row, await secretRows(db, [id]))
}

/**
 * Reads a client of an organization to change it. On PostgreSQL whoever else holds it waits; on SQLite there is one
 * writer.
 */
export async function holdClient(tx: Transaction, id: string, organization: string): Promise<OauthClient | null> {
  const query = clientTables(tx)
    .selectFrom('oauth_client')
    .selectAll()
    .where('id', '=', id)
    .where('organization', '=', organization)
  const row = await (tx.dialect === 'postgres' ? query.forUpdate() : query).executeTakeFirst()
  return row === undefined ? null : clientOf(row, await secretRows(clientTables(tx), [id]))
}

/** Clients of an organization, newest first, continuing before an id. */
export async function listClientRows(
  db: ClientTables,
  organization: string,
  { before, limit }: { readonly before: string | null; readonly limit: number },
): Promise<OauthClient[]> {
  const all = db.selectFrom('oauth_client').selectAll().where('organization', '=', organization)
  const rows = await (before === null ? all : all.where('id', '<', before)).orderBy('id', 'desc').limit(limit).execute()
  const secrets = await secretRows(
    db,
    rows.map(({ id }) => id),
  )
  return rows.map((row) => clientOf(row, secrets))
}

/** Clients of an organization that have one of some roles, by their ids, in order. */
export async function clientIdsWithRoles(
  tx: Transaction,
  organization: string,
  roles: readonly string[],
): Promise<string[]> {
  const rows = await clientTables(tx)
    .selectFrom('oauth_client')
    .selectAll()
    .where('organization', '=', organization)
    .where((row) => row.or(roles.map((role) => row('rest', 'like', `%"${role}"%`))))
    .orderBy('id')
    .execute()
  // The text names scopes and permissions too.
  const having = rows.map((row) => clientOf(row, [])).filter((one) => one.roles.some((role) => roles.includes(role)))
  return having.map(({ id }) => id)
}

export async function clientsExist(db: ClientTables): Promise<boolean> {
  return (await db.selectFrom('oauth_client').select('id').limit(1).executeTakeFirst()) !== undefined
}

/** Ids of clients of an organization in their order, continuing after one. */
export async function clientIdsAfter(db: ClientTables, organization: string, after: string, limit: number) {
  const clients = db.selectFrom('oauth_client').select('id').where('organization', '=', organization)
  const rows = await clients.where('id', '>', after).orderBy('id').limit(limit).execute()
  return rows.map(({ id }) => id)
}

/** Every client of an organization, by its id alone. */
export async function clientIdsOf(db: ClientTables, organization: string): Promise<string[]> {
  const rows = await db.selectFrom('oauth_client').select('id').where('organization', '=', organization).execute()
  return rows.map(({ id }) => id)
}

export async function insertClient(tx: Transaction, client: OauthClient): Promise<void> {
  const row = { ...changeableColumns(client), ...ofCreation(client) }
  await clientTables(tx).insertInto('oauth_client').values(row).execute()
}

/** Writes a changed client if it is still at the version that was read: a compare-and-set. */
export async function updateClient(tx: Transaction, client: OauthClient, from: number): Promise<boolean> {
  const { numUpdatedRows } = await clientTables(tx)
    .updateTable('oauth_client')
    .set(changeableColumns(client))
    .where('id', '=', client.id)
    .where('version', '=', from)
    .executeTakeFirst()
  return numUpdatedRows === 1n
}

export async function deleteClientRow(tx: Transaction, id: string): Promise<void> {
  await clientTables(tx).deleteFrom('oauth_client_secret').where('client_id', '=', id).execute()
  await clientTables(tx).deleteFrom('oauth_client').where('id', '=', id).execute()
}

export async function insertSecret(tx: Transaction, clientId: string, secret: ClientSecret): Promise<void> {
  const { id, digest, hint, createdAt, expiresAt, usedAt } = secret
  await clientTables(tx)
    .insertInto('oauth_client_secret')
    .values({ id, client_id: clientId, digest, hint, created_at: createdAt, expires_at: expiresAt, used_at: usedAt })
    .execute()
}

export async function deleteSecrets(tx: Transaction, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return
  await clientTables(tx).deleteFrom('oauth_client_secret').where('id', 'in', ids).execute()
}

export async function endSecret(tx: Transaction, id: string, expiresAt: number): Promise<void> {
  const row = { expires_at: expiresAt }
  await clientTables(tx).updateTable('oauth_client_secret').set(row).where('id', '=', id).execute()
}

/** Writes when a client was last used, and by which secret, unless something later is there. */
export async function writeUse(tx: Transaction, id: string, secretId: string | null, at: number): Promise<void> {
  await clientTables(tx)
    .updateTable('oauth_client')
    .set({ last_used_at: at })
    .where('id', '=', id)
    .where((row) => row.or([row('last_used_at', 'is', null), row('last_used_at', '<', at)]))
    .execute()
  if (secretId === null) return
  await clientTables(tx)
    .updateTable('oauth_client_secret')
    .set({ used_at: at })
    .where('id', '=', secretId)
    .where((row) => row.or([row('used_at', 'is', null), row('used_at', '<', at)]))
    .execute()
}

async function secretRows(db: ClientTables, ids: readonly string[]): Promise<SecretRow[]> {
  if (ids.length === 0) return []
  return db.selectFrom('oauth_client_secret').selectAll().where('client_id', 'in', ids).orderBy('id').execute()
}

function clientOf(row: ClientRow, secrets: readonly SecretRow[]): OauthClient {
  const rest: Omit<ClientSettings, 'name'> = JSON.parse(row.rest)
  return {
    ...settingsOf({ ...rest, name: row.name }),
    id: row.id,
    organization: row.organization,
    enabled: row.enabled === 1,
    secrets: secrets.filter(({ client_id }) => client_id === row.id).map(secretOf),
    source: row.source as ClientSource,
    createdAt: row.created_at,
    createdBy: row.created_by,
    updatedAt: row.updated_at,
    updatedBy: row.updated_by,
    lastUsedAt: row.last_used_at,
    version: row.version,
  }
}

function secretOf({ id, digest, hint, created_at, expires_at, used_at }: SecretRow): ClientSecret {
  return { id, digest, hint, createdAt: created_at, expiresAt: expires_at, usedAt: used_at }
}

function ofCreation({ id, organization, source, createdAt, createdBy, lastUsedAt }: OauthClient) {
  return { id, organization, source, created_at: createdAt, created_by: createdBy, last_used_at: lastUsedAt }
}

function changeableColumns(client: OauthClient) {
  const {
    id: _id,
    organization: _organization,
    secrets: _secrets,
    source: _source,
    createdAt: _at,
    ...changeable
  } = client
  const { createdBy: _by, lastUsedAt: _used, name, enabled, updatedAt, updatedBy, version, ...rest } = changeable
  return {
    name,
    enabled: enabled ? 1 : 0,
    updated_at: updatedAt,
    updated_by: updatedBy,
    version,
    rest: JSON.stringify(rest satisfies Omit<ClientSettings, 'name'>),
  }
}
