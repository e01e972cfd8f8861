import type { Transaction } from '../../store/index.ts'
import { type SessionRow, type Tables, tablesOf } from '../tables.ts'
import type { Session } from './session.ts'

type Rest = Pick<Session, 'label' | 'userAgent' | 'address' | 'country' | 'proofs' | 'impersonation' | 'idle'>

export function sessionOf(row: SessionRow): Session {
  const rest: Rest = JSON.parse(row.rest)
  return {
    id: row.id,
    personId: row.person_id,
    organization: row.organization,
    deviceId: row.device_id,
    ...rest,
    createdAt: row.created_at,
    usedAt: row.used_at,
    endsAt: row.ends_at,
    version: row.version,
  }
}

function restOf({ label, userAgent, address, country, proofs, impersonation, idle }: Session): string {
  return JSON.stringify({ label, userAgent, address, country, proofs, impersonation, idle } satisfies Rest)
}

export async function insertSession(tx: Transaction, session: Session, digest: Uint8Array): Promise<void> {
  await tablesOf(tx)
    .insertInto('session')
    .values({
      id: session.id,
      digest,
      person_id: session.personId,
      organization: session.organization,
      device_id: session.deviceId,
      begun_from: session.impersonation?.from ?? null,
      created_at: session.createdAt,
      used_at: session.usedAt,
      ends_at: session.endsAt,
      version: session.version,
      rest: restOf(session),
    })
    .execute()
}

/** Gives a session another token and what it proves now, if it is still at that version: a compare-and-set. */
export async function renewRow(tx: Transaction, session: Session, from: number, digest: Uint8Array): Promise<boolean> {
  const { numUpdatedRows } = await tablesOf(tx)
    .updateTable('session')
    .set({
      digest,
      organization: session.organization,
      used_at: session.usedAt,
      ends_at: session.endsAt,
      version: session.version,
      rest: restOf(session),
    })
    .where('id', '=', session.id)
    .where('version', '=', from)
    .executeTakeFirst()
  return numUpdatedRows === 1n
}

export async function findSessionByDigest(db: Tables, digest: Uint8Array): Promise<Session | null> {
  const row = await db.selectFrom('session').selectAll().where('digest', '=', digest).executeTakeFirst()
  return row === undefined ? null : sessionOf(row)
}

export async function findSession(db: Tables, id: string): Promise<Session | null> {
  const row = await db.selectFrom('session').selectAll().where('id', '=', id).executeTakeFirst()
  return row === undefined ? null : sessionOf(row)
}

/** Sessions of a person, newest first; there are never more than a person may have. */
export async function sessionsOf(db: Tables, personId: string): Promise<Session[]> {
  const rows = await db
    .selectFrom('session')
    .selectAll()
    .where('person_id', '=', personId)
    .orderBy('id', 'desc')
    .limit(1000)
    .execute()
  return rows.map(sessionOf)
}

/** @returns the ids that were there */
export async function deleteSessions(tx: Transaction, ids: readonly string[]): Promise<string[]> {
  if (ids.length === 0) return []
  const rows = await tablesOf(tx).deleteFrom('session').where('id', 'in', ids).returning('id').execute()
  return rows.map(({ id }) => id)
}

/** Writes where a session is used from now, unless it changed meanwhile. */
export async function moveRow(
  tx: Transaction,
  session: Session,
  to: Pick<Session, 'address' | 'country'>,
): Promise<void> {
  await tablesOf(tx)
    .updateTable('session')
    .set({ rest: restOf({ ...session, ...to }) })
    .where('id', '=', session.id)
    .where('version', '=', session.version)
    .execute()
}

/** The sessions that somebody opened in other people's names from one of theirs. */
export async function sessionsFrom(db: Tables, ids: readonly string[]): Promise<Session[]> {
  if (ids.length === 0) return []
  const rows = await db.selectFrom('session').selectAll().where('begun_from', 'in', ids).execute()
  return rows.map(sessionOf)
}

/** Sessions in an organization, newest first, continuing before an id. */
export async function sessionsIn(
  db: Tables,
  organization: string,
  { before, limit }: { readonly before: string | null; readonly limit: number },
): Promise<Session[]> {
  const all = db.selectFrom('session').selectAll().where('organization', '=', organization)
  const rows = await (before === null ? all : all.where('id', '<', before)).orderBy('id', 'desc').limit(limit).execute()
  return rows.map(sessionOf)
}
