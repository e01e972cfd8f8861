import { type Kysely, sql } from 'kysely'
import type { Box, Resealer } from '../../secrets/index.ts'
import type { Store, Transaction } from '../../store/index.ts'
import { contextOf, type EntityRow, type Model, type Payload } from './entity.ts'

export type EntityTables = { oauth_entity: EntityRow }

export const ENTITY_PURPOSE = 'oauth.entity'

/** Something that expired is still found for this long, since clocks differ; milliseconds. */
export const TOLERANCE = 60_000

const RESEALED_AT_ONCE = 500

export function entitiesOf(source: Pick<Store, 'tables'> | Transaction): Kysely<EntityTables> {
  return source.tables<EntityTables>()
}

/** Inserts a thing, or writes it again. What was used up stays used up. */
export async function upsertEntity(tx: Transaction, row: EntityRow): Promise<void> {
  const { consumed_at: _, own_session, organization, ...always } = row
  // Later requests about it may come without the session that it was made in.
  const rest = own_session === null ? always : { ...always, own_session, organization }
  // A session gets another id at each sign-in and keeps its `uid`: its row takes the new id, whoever else writes it now.
  const known = row.alias === null ? 'digest' : 'alias'
  await entitiesOf(tx)
    .insertInto('oauth_entity')
    .values(row)
    .onConflict((conflict) => conflict.column(known).doUpdateSet(rest))
    .execute()
}

/** @returns whether it was new: of many at once one is */
export async function insertEntityOnce(tx: Transaction, row: EntityRow): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await entitiesOf(tx)
    .insertInto('oauth_entity')
    .values(row)
    .onConflict((conflict) => conflict.column('digest').doNothing())
    .executeTakeFirst()
  return numInsertedOrUpdatedRows === 1n
}

export async function findEntity(
  source: Pick<Store, 'tables'> | Transaction,
  by: { readonly digest: Uint8Array } | { readonly alias: Uint8Array },
  now: number,
): Promise<EntityRow | null> {
  const [column, value] = 'digest' in by ? (['digest', by.digest] as const) : (['alias', by.alias] as const)
  const row = await entitiesOf(source)
    .selectFrom('oauth_entity')
    .selectAll()
    .where(column, '=', value)
    .executeTakeFirst()
  return row === undefined || isGone(row, now) ? null : row
}

function isGone({ expires_at }: EntityRow, now: number): boolean {
  return expires_at !== null && expires_at + TOLERANCE <= now
}

/** The session of ours that one of the protocol belongs to; null for none. */
export async function ownSessionOf(source: Pick<Store, 'tables'>, alias: Uint8Array): Promise<string | null> {
  const row = await entitiesOf(source)
    .selectFrom('oauth_entity')
    .select('own_session')
    .where('alias', '=', alias)
    .executeTakeFirst()
  return row?.own_session ?? null
}

/** Uses a thing up, if nobody did: a compare-and-set. */
export async function consumeEntity(tx: Transaction, digest: Uint8Array, now: number): Promise<boolean> {
  const { numUpdatedRows } = await entitiesOf(tx)
    .updateTable('oauth_entity')
    .set({ consumed_at: now })
    .where('digest', '=', digest)
    .where('consumed_at', 'is', null)
    .executeTakeFirst()
  return numUpdatedRows === 1n
}

export async function deleteEntity(tx: Transaction, digest: Uint8Array): Promise<void> {
  await entitiesOf(tx).deleteFrom('oauth_entity').where('digest', '=', digest).execute()
}

/**
 * Deletes what was made under a grant: all of it, or that of one model. On PostgreSQL whoever deletes of one grant waits for
 * the other: two that delete several rows, each in its order, would wait for each other for ever.
 */
export async function deleteOfGrant(tx: Transaction, grant: Uint8Array, model: Model | null): Promise<void> {
  await lockGrant(tx, grant)
  const all = entitiesOf(tx).deleteFrom('oauth_entity').where('grant_digest', '=', grant)
  await (model === null ? all : all.where('model', '=', model)).execute()
}

/** Taken before any row of a grant is deleted; it falls with the transaction. */
export async function lockGrant(tx: Transaction, grant: Uint8Array): Promise<void> {
  if (tx.dialect !== 'postgres') return
  const name = Buffer.from(grant).readBigInt64BE(0)
  await sql`select pg_advisory_xact_lock(${name})`.execute(entitiesOf(tx))
}

export function openPayload(box: Box, row: EntityRow): Payload {
  const payload: Payload = JSON.parse(box.open(row.payload, contextOf(row.model, row.digest)).toString())
  if (row.consumed_at !== null) payload.consumed = Math.floor(row.consumed_at / 1000)
  return payload
}

/** Seals again what older data keys sealed, some hundred at a time. */
export const resealEntities: Resealer = async (tx, reseal, after) => {
  const all = entitiesOf(tx)
    .selectFrom('oauth_entity')
    .select(['digest', 'model', 'payload'])
    .where('model', '!=', 'ReplayDetection')
  const rows = await (after === null ? all : all.where('digest', '>', Buffer.from(after, 'base64url')))
    .orderBy('digest')
    .limit(RESEALED_AT_ONCE)
    .execute()
  for (const { digest, model, payload } of rows) {
    // What somebody else writes meanwhile is sealed by the newest key as it is.
    await entitiesOf(tx)
      .updateTable('oauth_entity')
      .set({ payload: reseal(payload, contextOf(model, digest)) })
      .where('digest', '=', digest)
      .where('payload', '=', payload)
      .execute()
  }
  const last = rows.length < RESEALED_AT_ONCE ? undefined : rows.at(-1)
  return last === undefined ? null : Buffer.from(last.digest).toString('base64url')
}
