import type { Kysely } from 'kysely'
import type { Store, Transaction } from '../store/index.ts'

/** The tables this module owns. Times are milliseconds. */
export type NoticeTables = {
  mail: MailRow
}

export type MailRow = {
  id: string
  organization: string
  recipient: string
  template: string
  subject: string
  body: string
  status: string
  attempts: number
  /** When it is tried next. */
  due_at: number
  created_at: number
  finished_at: number | null
  /** Why it was not sent, as the server said it. */
  reason: string | null
}

export function tablesOf(within: Pick<Store, 'tables'> | Pick<Transaction, 'tables'>): Kysely<NoticeTables> {
  return within.tables<NoticeTables>()
}
