import { sql } from 'kysely'
import type { Transaction } from '../../store/index.ts'
import { type Tables, tablesOf } from '../tables.ts'

/** How many attempts there are in a stretch of time, and how long is waited when they are used up. Milliseconds. */
export type Allowance = { readonly max: number; readonly within: number; readonly lockFor: number }

/** Whose attempts, and where from: `account` is a digest, so that what was typed is not kept. */
export type Counted = { readonly account: string; readonly network: string }

/** Which attempt this is, or until when there is none. */
export type Reserved =
  | { readonly is: 'attempt'; readonly count: number }
  | { readonly is: 'locked'; readonly until: number }

/**
 * Counts an attempt before it is made, in one statement: of a hundred at once no more than `max` go on. A right answer
 * takes the count away again.
 */
export async function reserveAttempt(
  tx: Transaction,
  counted: Counted,
  allowance: Allowance,
  now: number,
): Promise<Reserved> {
  const fresh = sql<boolean>`(sign_in_failure.first_at <= ${now - allowance.within} or sign_in_failure.locked_until is not null)`
  const row = await tablesOf(tx)
    .insertInto('sign_in_failure')
    .values({ ...counted, failures: 1, first_at: now, last_at: now, locked_until: null })
    .onConflict((conflict) =>
      conflict
        .columns(['account', 'network'])
        .doUpdateSet({
          failures: sql<number>`case when ${fresh} then 1 else sign_in_failure.failures + 1 end`,
          first_at: sql<number>`case when ${fresh} then ${now} else sign_in_failure.first_at end`,
          last_at: now,
          locked_until: null,
        })
        .where((row) =>
          row.or([row('sign_in_failure.locked_until', 'is', null), row('sign_in_failure.locked_until', '<=', now)]),
        ),
    )
    .returning(['failures'])
    .executeTakeFirst()
  if (row === undefined)
    return { is: 'locked', until: (await lockOf(tablesOf(tx), counted)) ?? now + allowance.lockFor }
  if (row.failures <= allowance.max) return { is: 'attempt', count: row.failures }
  return { is: 'locked', until: now + allowance.lockFor }
}

/** Locks what has used up its attempts. @returns whether this call did: of many at once one does, and tells of it */
export async function lockUsedUp(
  tx: Transaction,
  counted: Counted,
  allowance: Allowance,
  now: number,
): Promise<boolean> {
  const { numUpdatedRows } = await tablesOf(tx)
    .updateTable('sign_in_failure')
    .set({ locked_until: now + allowance.lockFor })
    .where('account', '=', counted.account)
    .where('network', '=', counted.network)
    .where('failures', '>=', allowance.max)
    .where('locked_until', 'is', null)
    .executeTakeFirst()
  return numUpdatedRows === 1n
}

/** Forgets the failures of one place, or with null those from everywhere. */
export async function clearFailures(tx: Transaction, account: string, network: string | null): Promise<void> {
  const all = tablesOf(tx).deleteFrom('sign_in_failure').where('account', '=', account)
  await (network === null ? all : all.where('network', '=', network)).execute()
}

/** Failures of an account from everywhere else since a moment: where somebody mistypes and then gets it right tells nothing. */
export async function recentFailures(db: Tables, { account, network }: Counted, since: number): Promise<number> {
  const { failures } = await db
    .selectFrom('sign_in_failure')
    .select((row) => row.fn.sum<number | null>('failures').as('failures'))
    .where('account', '=', account)
    .where('network', '!=', network)
    .where('last_at', '>', since)
    .executeTakeFirstOrThrow()
  return Number(failures ?? 0)
}

/** Whether the account is locked for some network now. */
export async function isLockedSomewhere(db: Tables, account: string, now: number): Promise<boolean> {
  const row = await db
    .selectFrom('sign_in_failure')
    .select('network')
    .where('account', '=', account)
    .where('locked_until', '>', now)
    .limit(1)
    .executeTakeFirst()
  return row !== undefined
}

async function lockOf(db: Tables, { account, network }: Counted): Promise<number | null> {
  const row = await db
    .selectFrom('sign_in_failure')
    .select('locked_until')
    .where('account', '=', account)
    .where('network', '=', network)
    .executeTakeFirst()
  return row?.locked_until ?? null
}
