import type { Transaction } from '../../../store/index.ts'
import { tablesOf } from '../../tables.ts'
import type { Ticket } from '../../ticket/ticket.ts'

/** So often a link may be opened where it does not work before it ends. */
const MOST = 3

/**
 * Counts that a link was opened in another browser than the one that asked; mail programs that look at links do that
 * too, so the first times do not end it. A compare-and-set: of several at once one is counted.
 *
 * @returns whether this one was
 */
export async function countElsewhere(tx: Transaction, { id, rest }: Ticket, now: number): Promise<boolean> {
  const times = Number(rest.elsewhere ?? 0) + 1
  const { numUpdatedRows } = await tablesOf(tx)
    .updateTable('ticket')
    .set({ rest: JSON.stringify({ ...rest, elsewhere: String(times) }), ...(times < MOST ? {} : { used_at: now }) })
    .where('id', '=', id)
    .where('rest', '=', JSON.stringify(rest))
    .where('used_at', 'is', null)
    .executeTakeFirst()
  return numUpdatedRows === 1n
}
