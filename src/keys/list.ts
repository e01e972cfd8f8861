import { type Kysely, type SelectQueryBuilder, sql } from 'kysely'
import type { Key, Status } from './key.ts'
import { keyOf } from './row.ts'
import type { Reach } from './store.ts'
import type { KeyRow, KeyTables } from './tables.ts'

export type KeyFilter = {
  readonly status?: Status
  readonly ownerId?: string
  readonly serviceId?: string
  readonly tag?: string
  readonly classification?: string
  readonly text?: string
}

/** A part of a list. `next` is the id to go on before; null means that there is nothing more. */
export type KeyList = { readonly items: readonly Key[]; readonly next: string | null }

/** So many keys are looked at for one page: what a filter without an index costs has a bound. */
export const MOST_LOOKED_AT = 2000

type Tables = Kysely<KeyTables>
type Query = SelectQueryBuilder<KeyTables, 'api_key', KeyRow>
type Part = { readonly before: string | null; readonly limit: number; readonly now: number }

/**
 * Keys newest first, continuing before an id. The most telling filter walks an index; all filters are asked of the
 * `MOST_LOOKED_AT` keys found there, so that a page may hold fewer keys than asked for, or none, and still go on.
 */
export async function listKeys(db: Tables, reach: Reach, filter: KeyFilter, part: Part): Promise<KeyList> {
  const { before, limit, now } = part
  const walk = walked(db, reach, filter, before)
  const rows = await filtered(db, walk.limit(MOST_LOOKED_AT), reach, filter, now)
    .orderBy('id', 'desc')
    .limit(limit + 1)
    .execute()
  const items = rows.slice(0, limit).map(keyOf)
  if (rows.length > limit) return { items, next: items.at(-1)?.id ?? null }
  const last = await walk
    .limit(1)
    .offset(MOST_LOOKED_AT - 1)
    .executeTakeFirst()
  return { items, next: last?.id ?? null }
}

type Walk = SelectQueryBuilder<KeyTables, never, { id: string }>

/** The ids that a page may look at: what one index gives, in its order. */
function walked(db: Tables, reach: Reach, filter: KeyFilter, before: string | null): Walk {
  const { organization, ownerId } = reach
  const { tag, status, classification } = filter
  if (tag !== undefined) return walkTag(db, tag, before)
  const owner = ownerId ?? filter.serviceId ?? filter.ownerId
  let query = db.selectFrom('api_key').select('id').where('organization', '=', organization)
  if (before !== null) query = query.where('id', '<', before)
  if (owner !== undefined) query = query.where('owner_id', '=', owner)
  else if (status !== undefined && status !== 'expired') query = query.where('status', '=', status)
  else if (classification !== undefined) query = query.where('classification', '=', classification)
  return query.orderBy('id', 'desc') as unknown as Walk
}

function walkTag(db: Tables, tag: string, before: string | null): Walk {
  let query = db.selectFrom('api_key_tag').select('key_id as id').where('tag', '=', tag)
  if (before !== null) query = query.where('key_id', '<', before)
  return query.orderBy('key_id', 'desc') as unknown as Walk
}

function filtered(db: Tables, walk: Walk, reach: Reach, filter: KeyFilter, now: number): Query {
  const { status, ownerId, serviceId, classification, text } = filter
  let query = db
    .selectFrom('api_key')
    .selectAll()
    .where('id', 'in', db.selectFrom(walk.as('walked')).select('walked.id'))
    .where('organization', '=', reach.organization)
  if (reach.ownerId !== null) query = query.where('owner_id', '=', reach.ownerId)
  if (status !== undefined) query = withStatus(query, status, now)
  if (ownerId !== undefined) query = query.where('owner_id', '=', ownerId)
  if (serviceId !== undefined) query = query.where('owner_kind', '=', 'service').where('owner_id', '=', serviceId)
  if (classification !== undefined) query = query.where('classification', '=', classification)
  return text === undefined ? query : withText(query, text)
}

function withStatus(query: Query, status: Status, now: number): Query {
  if (status === 'revoked') return query.where('status', '=', 'revoked')
  if (status === 'expired') return query.where('status', '!=', 'revoked').where('expires_at', '<=', now)
  return query.where('status', '=', status).where('expires_at', '>', now)
}

function withText(query: Query, text: string): Query {
  const pattern = `%${text.toLowerCase().replace(/[\\%_]/g, '\\$&')}%`
  return query.where(
    sql<boolean>`(lower(name) like ${pattern} escape '\\' or lower(description) like ${pattern} escape '\\')`,
  )
}
