import { hash } from 'node:crypto'
import { type Kysely, sql } from 'kysely'
import type { Store, Transaction } from '../../store/index.ts'
import { REVOCATION_KINDS, type Revocation, type RevocationKind } from './revocation.ts'

export const REVOCATION_TOPIC = 'token_revocation'

type RevocationRow = { kind: string; ref: string; issued_before: number | null; expires_at: number }
type Tables = { token_revocation: RevocationRow; token_seen: { digest: Uint8Array; expires_at: number } }

function tablesOf(store: Pick<Store, 'tables'> | Pick<Transaction, 'tables'>): Kysely<Tables> {
  return store.tables<Tables>()
}

/** Keeps a revocation. One that is there already only ever ends more tokens, and lasts longer. */
export async function insertRevocation(tx: Transaction, { kind, ref, issuedBefore, expiresAt }: Revocation) {
  const excluded = { before: sql.ref('excluded.issued_before'), until: sql.ref('excluded.expires_at') }
  const kept = { before: sql.ref('token_revocation.issued_before'), until: sql.ref('token_revocation.expires_at') }
  await tablesOf(tx)
    .insertInto('token_revocation')
    .values({ kind, ref, issued_before: issuedBefore, expires_at: expiresAt })
    .onConflict((conflict) =>
      conflict.columns(['kind', 'ref']).doUpdateSet({
        issued_before: sql`case when ${kept.before} is null or ${excluded.before} is null then null
          when ${excluded.before} > ${kept.before} then ${excluded.before} else ${kept.before} end`,
        expires_at: sql`case when ${excluded.until} > ${kept.until} then ${excluded.until} else ${kept.until} end`,
      }),
    )
    .execute()
}

/** How a revocation is named in an announcement. */
export function announcementOf({ kind, ref }: Pick<Revocation, 'kind' | 'ref'>): string {
  return `${kind} ${ref}`
}

/** The revocation of an announcement; null when it is not there, or has ended. */
export async function readAnnounced(store: Store, announced: string): Promise<Revocation | null> {
  const space = announced.indexOf(' ')
  const row = await tablesOf(store)
    .selectFrom('token_revocation')
    .selectAll()
    .where('kind', '=', announced.slice(0, space))
    .where('ref', '=', announced.slice(space + 1))
    .executeTakeFirst()
  return row === undefined ? null : revocationOfRow(row)
}

export async function readRevocations(store: Store, now: number): Promise<(Revocation | null)[]> {
  const rows = await tablesOf(store).selectFrom('token_revocation').selectAll().where('expires_at', '>', now).execute()
  return rows.map(revocationOfRow)
}

// A kind of a newer version says nothing to this one.
function revocationOfRow({ kind, ref, issued_before, expires_at }: RevocationRow): Revocation | null {
  if (!REVOCATION_KINDS.includes(kind as RevocationKind)) return null
  return { kind: kind as RevocationKind, ref, issuedBefore: issued_before, expiresAt: expires_at }
}

/**
 * Remembers a name until a time, in milliseconds, for every process.
 *
 * @returns whether this was the first time: of many at once, on whatever nodes, one is true
 */
export async function insertSeen(store: Store, name: string, until: number): Promise<boolean> {
  const digest = hash('sha256', name, 'buffer')
  return store.write(async (tx) => {
    const made = await tablesOf(tx)
      .insertInto('token_seen')
      .values({ digest, expires_at: Math.ceil(until) })
      .onConflict((conflict) => conflict.column('digest').doNothing())
      .returning('expires_at')
      .executeTakeFirst()
    return made !== undefined
  })
}

/** So few at a time that nobody who writes waits for long. */
const AT_ONCE = 500

/** Deletes what has had its time. @returns whether there may be more */
export async function deleteExpired(store: Store, now: number): Promise<boolean> {
  const seen = await tablesOf(store)
    .selectFrom('token_seen')
    .select('digest')
    .where('expires_at', '<=', now)
    .orderBy('expires_at')
    .limit(AT_ONCE)
    .execute()
  const digests = seen.map(({ digest }) => digest)
  await store.write(async (tx) => {
    const tables = tablesOf(tx)
    await tables.deleteFrom('token_revocation').where('expires_at', '<=', now).execute()
    if (digests.length > 0) await tables.deleteFrom('token_seen').where('digest', 'in', digests).execute()
  })
  return seen.length === AT_ONCE
}
