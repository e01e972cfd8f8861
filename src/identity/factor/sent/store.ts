import type { Transaction } from '../../../store/index.ts'
import { tablesOf } from '../../tables.ts'

/** What a code that was sent is good for: a sign-in or session, and one kind of sending. */
export type Purpose = { readonly subject: string; readonly kind: 'email' | 'sms' | 'phone' }

export type SentCode = Purpose & {
  readonly digest: Uint8Array
  readonly tries: number
  /** Milliseconds. */
  readonly createdAt: number
  readonly expiresAt: number
}

/** Keeps a code in the place of the one before: there is one at a time. */
export async function insertCode(tx: Transaction, { subject, kind, digest, ...code }: SentCode): Promise<void> {
  const columns = { digest, tries_left: code.tries, created_at: code.createdAt, expires_at: code.expiresAt }
  await tablesOf(tx)
    .insertInto('one_time_code')
    .values({ subject, kind, ...columns })
    .onConflict((conflict) => conflict.columns(['subject', 'kind']).doUpdateSet(columns))
    .execute()
}

/** Uses one try up. @returns the digest of the code, or null when there is none or no try is left */
export async function spendTry(tx: Transaction, { subject, kind }: Purpose, now: number): Promise<Uint8Array | null> {
  const row = await tablesOf(tx)
    .updateTable('one_time_code')
    .set((code) => ({ tries_left: code('tries_left', '-', 1) }))
    .where('subject', '=', subject)
    .where('kind', '=', kind)
    .where('tries_left', '>', 0)
    .where('expires_at', '>', now)
    .returning('digest')
    .executeTakeFirst()
  return row?.digest ?? null
}

/** Takes a code away: of many at once one does. @returns whether this one did */
export async function takeSentCode(tx: Transaction, { subject, kind }: Purpose, digest: Uint8Array): Promise<boolean> {
  const { numDeletedRows } = await tablesOf(tx)
    .deleteFrom('one_time_code')
    .where('subject', '=', subject)
    .where('kind', '=', kind)
    .where('digest', '=', digest)
    .executeTakeFirst()
  return numDeletedRows === 1n
}
