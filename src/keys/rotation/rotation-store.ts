import type { Store, Transaction } from '../../store/index.ts'
import type { KeyTables, RotationRow } from '../tables.ts'
import type { RotationKind, RotationRecord, RotationState } from './rotation.ts'

type Reads = Pick<Store, 'tables'>

export async function insertRotation(tx: Transaction, rotation: Omit<RotationRecord, 'chain'>): Promise<void> {
  const chain = await chainOf(tx, rotation.from)
  await tx
    .tables<KeyTables>()
    .insertInto('key_rotation')
    .values(rowOf({ ...rotation, chain }))
    .execute()
}

/** The first key of a chain: what the rotation that made this key belongs to, or the key itself. */
export async function chainOf(reads: Reads, keyId: string): Promise<string> {
  const row = await reads
    .tables<KeyTables>()
    .selectFrom('key_rotation')
    .select('chain')
    .where('to_id', '=', keyId)
    .executeTakeFirst()
  return row?.chain ?? keyId
}

/** Moves a rotation on if it is still in the state named: a compare-and-set. */
export async function moveRotation(
  tx: Transaction,
  id: string,
  from: RotationState,
  to: { state: RotationState } & Partial<
    Pick<RotationRow, 'grace_ends_at' | 'previous' | 'ended_at' | 'ended_by' | 'failure'>
  >,
): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .tables<KeyTables>()
    .updateTable('key_rotation')
    .set(to)
    .where('id', '=', id)
    .where('state', '=', from)
    .executeTakeFirst()
  return numUpdatedRows === 1n
}

/** The newest rotation away from a key that is in one of these states. */
export async function findRotationFrom(
  reads: Reads,
  keyId: string,
  states: readonly RotationState[],
): Promise<RotationRecord | null> {
  const row = await reads
    .tables<KeyTables>()
    .selectFrom('key_rotation')
    .selectAll()
    .where('from_id', '=', keyId)
    .where('state', 'in', states)
    .orderBy('id', 'desc')
    .executeTakeFirst()
  return row === undefined ? null : rotationOf(row)
}

/** The rotation that made a key. */
export async function findRotationTo(reads: Reads, keyId: string): Promise<RotationRecord | null> {
  const query = reads.tables<KeyTables>().selectFrom('key_rotation').selectAll().where('to_id', '=', keyId)
  const row = await query.executeTakeFirst()
  return row === undefined ? null : rotationOf(row)
}

/** Everything that happened in a chain, newest first. */
export async function listChain(reads: Reads, chain: string, limit: number): Promise<RotationRecord[]> {
  const query = reads.tables<KeyTables>().selectFrom('key_rotation').selectAll().where('chain', '=', chain)
  const rows = await query.orderBy('id', 'desc').limit(limit).execute()
  return rows.map(rotationOf)
}

/** Rotations that were begun before a moment and are not over: what a process left that ended in between. */
export async function listPlacing(reads: Reads, before: number, limit: number): Promise<RotationRecord[]> {
  const rows = await reads
    .tables<KeyTables>()
    .selectFrom('key_rotation')
    .selectAll()
    .where('state', '=', 'placing')
    .where('at', '<=', before)
    .orderBy('id')
    .limit(limit)
    .execute()
  return rows.map(rotationOf)
}

/** How often a key was used so far, and when and from where last. */
export async function readUse(reads: Reads, keyId: string) {
  const row = await reads
    .tables<KeyTables>()
    .selectFrom('api_key_use')
    .select(['total', 'last_at', 'last_address'])
    .where('key_id', '=', keyId)
    .executeTakeFirst()
  return { total: row?.total ?? 0, lastAt: row?.last_at ?? null, lastFrom: row?.last_address ?? null }
}

function rowOf(rotation: RotationRecord): RotationRow {
  const { from, to, graceMs, graceEndsAt, formerExpiresAt, usesBefore, store, endedAt, endedBy, ...same } = rotation
  return {
    ...same,
    from_id: from,
    to_id: to,
    grace_ms: graceMs,
    grace_ends_at: graceEndsAt,
    former_expires_at: formerExpiresAt,
    uses_before: usesBefore,
    store: store?.name ?? null,
    path: store?.path ?? null,
    ended_at: endedAt,
    ended_by: endedBy,
  }
}

function rotationOf(row: RotationRow): RotationRecord {
  const { from_id, to_id, kind, state, store, path, ...rest } = row
  const { grace_ms, grace_ends_at, former_expires_at, uses_before, ended_at, ended_by, ...same } = rest
  return {
    ...same,
    from: from_id,
    to: to_id,
    kind: kind as RotationKind,
    state: state as RotationState,
    graceMs: grace_ms,
    graceEndsAt: grace_ends_at,
    formerExpiresAt: former_expires_at,
    usesBefore: uses_before,
    store: store === null || path === null ? null : { name: store, path },
    endedAt: ended_at,
    endedBy: ended_by,
  }
}
