import type { Kysely } from 'kysely'
import type { Store, Transaction } from '../store/index.ts'

/** The tables this module owns. Times are milliseconds. */
export type NoticeTables = {
  mail: MailRow
  webhook: WebhookRow
  webhook_delivery: DeliveryRow
  webhook_attempt: AttemptRow
  /** One row: how far the record was made into deliveries. */
  webhook_position: { id: number; positions: string; version: number }
}

export type MailRow = {
  id: string
  organization: string
  /** `mail` or `text`: text messages wait in the same queue. */
  channel: string
  recipient: string
  template: string
  subject: string
  /** Sealed where it holds a link or code, and blank once nobody needs it any more. */
  body: string
  sealed: number
  status: string
  attempts: number
  /** When it is tried next. */
  due_at: number
  created_at: number
  /** Until when its link or code works. */
  ends_at: number | null
  finished_at: number | null
  /** Why it was not sent, as the server said it. */
  reason: string | null
}

export type WebhookRow = {
  id: string
  organization: string
  name: string
  url: string
  events: string
  sample: number
  contacts: string
  /** Sealed, as is the former one. */
  secret: string
  former_secret: string | null
  former_until: number | null
  enabled: number
  disabled_reason: string | null
  /** Events from this moment on are told. */
  since: number
  /** How often it failed, and since when, without a success in between. */
  failures: number
  failing_since: number | null
  dropped: number
  created_at: number
  created_by: string
  changed_at: number
  changed_by: string
  version: number
}

export type DeliveryRow = {
  id: string
  webhook_id: string
  organization: string
  event_id: string | null
  type: string
  body: string
  status: string
  attempts: number
  /** Attempts since it was last asked for: where it stands between the waits. */
  tries: number
  /** When it is tried next. While it is tried: when somebody else may, because whoever tries is gone. */
  due_at: number
  created_at: number
  finished_at: number | null
}

export type AttemptRow = {
  delivery_id: string
  number: number
  at: number
  duration: number
  status: number | null
  reason: string | null
  answer: string | null
}

export function tablesOf(within: Pick<Store, 'tables'> | Pick<Transaction, 'tables'>): Kysely<NoticeTables> {
  return within.tables<NoticeTables>()
}
