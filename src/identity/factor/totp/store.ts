import type { Transaction } from '../../../store/index.ts'
import { type FactorRow, type Tables, tablesOf } from '../../tables.ts'

/** An authenticator app of somebody. Times are milliseconds. */
export type App = {
  readonly id: string
  readonly personId: string
  readonly name: string
  readonly sealed: string
  readonly lastStep: number | null
  readonly createdAt: number
  readonly usedAt: number | null
  /** Until when its first code is waited for; null once that came. */
  readonly expiresAt: number | null
}

const KIND = 'totp'
const MOST = 100

function appOf(row: FactorRow): App {
  return {
    id: row.id,
    personId: row.person_id,
    name: row.name,
    sealed: row.sealed ?? '',
    lastStep: row.last_step,
    createdAt: row.created_at,
    usedAt: row.used_at,
    expiresAt: row.expires_at,
  }
}

function appsOfKind(db: Tables, personId: string, active: 0 | 1) {
  return db
    .selectFrom('factor')
    .selectAll()
    .where('person_id', '=', personId)
    .where('kind', '=', KIND)
    .where('active', '=', active)
    .orderBy('id')
    .limit(MOST)
}

/** The apps of a person that are in use. */
export async function appsOf(db: Tables, personId: string): Promise<App[]> {
  return (await appsOfKind(db, personId, 1).execute()).map(appOf)
}

/** The app whose first code is waited for, or null. */
export async function pendingApp(db: Tables, personId: string, now: number): Promise<App | null> {
  const row = await appsOfKind(db, personId, 0).where('expires_at', '>', now).executeTakeFirst()
  return row === undefined ? null : appOf(row)
}

/** Puts an app in the place of the one whose first code was waited for. */
export async function insertPending(tx: Transaction, app: App): Promise<void> {
  const db = tablesOf(tx)
  await db.deleteFrom('factor').where('person_id', '=', app.personId).where('active', '=', 0).execute()
  await db
    .insertInto('factor')
    .values({
      id: app.id,
      person_id: app.personId,
      kind: KIND,
      name: app.name,
      active: 0,
      sealed: app.sealed,
      last_step: null,
      created_at: app.createdAt,
      used_at: null,
      expires_at: app.expiresAt,
    })
    .execute()
}

/** Takes an app into use by its first code: of many at once one does. @returns whether this one did */
export async function activateApp(tx: Transaction, id: string, step: number, now: number): Promise<boolean> {
  const { numUpdatedRows } = await tablesOf(tx)
    .updateTable('factor')
    .set({ active: 1, last_step: step, used_at: now, expires_at: null })
    .where('id', '=', id)
    .where('active', '=', 0)
    .where('expires_at', '>', now)
    .executeTakeFirst()
  return numUpdatedRows === 1n
}

/** Takes the code of a step: of many at once one does, and none of a step before. @returns whether this one did */
export async function takeStep(tx: Transaction, id: string, step: number, now: number): Promise<boolean> {
  const { numUpdatedRows } = await tablesOf(tx)
    .updateTable('factor')
    .set({ last_step: step, used_at: now })
    .where('id', '=', id)
    .where('active', '=', 1)
    .where((row) => row.or([row('last_step', 'is', null), row('last_step', '<', step)]))
    .executeTakeFirst()
  return numUpdatedRows === 1n
}

/** @returns the app under its new name, or null where there is none */
export async function renameApp(tx: Transaction, personId: string, id: string, name: string): Promise<App | null> {
  const row = await tablesOf(tx)
    .updateTable('factor')
    .set({ name })
    .where('id', '=', id)
    .where('person_id', '=', personId)
    .where('active', '=', 1)
    .returningAll()
    .executeTakeFirst()
  return row === undefined ? null : appOf(row)
}

/** @returns whether there was one */
export async function deleteApp(tx: Transaction, personId: string, id: string): Promise<boolean> {
  const { numDeletedRows } = await tablesOf(tx)
    .deleteFrom('factor')
    .where('id', '=', id)
    .where('person_id', '=', personId)
    .where('active', '=', 1)
    .executeTakeFirst()
  return numDeletedRows === 1n
}
