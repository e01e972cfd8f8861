import type { Box } from '../../secrets/index.ts'
import type { Transaction } from '../../store/index.ts'
import type { EntityRow } from '../entity/entity.ts'
import { entitiesOf, openPayload } from '../entity/store.ts'

/** A client that somebody is signed in to in a session. */
export type SignedIn = {
  readonly clientId: string
  /** What this client calls the session by. */
  readonly sid: string
  readonly grantId: string | null
  /** Whether it was given `offline_access`, which outlives the session. */
  readonly offline: boolean
}

/** A session of the protocol, with the clients that hang on it. */
export type Hanging = { readonly row: EntityRow; readonly clients: readonly SignedIn[] }

type Authorization = { readonly sid?: string; readonly grantId?: string; readonly persistsLogout?: boolean }

/** The sessions of the protocol that belong to sessions of ours. */
export async function hangingOnSessions(tx: Transaction, box: Box, ids: readonly string[]): Promise<Hanging[]> {
  if (ids.length === 0) return []
  const rows = await sessionRows(tx).where('own_session', 'in', ids).execute()
  return rows.map((row) => hangingOf(box, row))
}

/** All of a person's. */
export async function hangingOnPerson(tx: Transaction, box: Box, personId: string): Promise<Hanging[]> {
  const rows = await sessionRows(tx).where('person_id', '=', personId).execute()
  return rows.map((row) => hangingOf(box, row))
}

/** Those whose time is over, some at a time. */
export async function hangingOver(tx: Transaction, box: Box, now: number, most: number): Promise<Hanging[]> {
  const rows = await sessionRows(tx)
    .where('own_session', 'is not', null)
    .where('expires_at', '<=', now)
    .orderBy('expires_at')
    .limit(most)
    .execute()
  return rows.map((row) => hangingOf(box, row))
}

function sessionRows(tx: Transaction) {
  return entitiesOf(tx).selectFrom('oauth_entity').selectAll().where('model', '=', 'Session')
}

function hangingOf(box: Box, row: EntityRow): Hanging {
  const authorizations = (openPayload(box, row).authorizations ?? {}) as Readonly<Record<string, Authorization>>
  const clients = Object.entries(authorizations).flatMap(([clientId, { sid, grantId = null, persistsLogout }]) =>
    sid === undefined ? [] : [{ clientId, sid, grantId, offline: persistsLogout === true }],
  )
  return { row, clients }
}
