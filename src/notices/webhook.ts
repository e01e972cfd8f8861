import type { WebhookRow } from './tables.ts'

/** An address outside that is told events, as everybody who may see it knows it. Times are milliseconds. */
export type Webhook = {
  readonly id: string
  readonly organization: string
  readonly name: string
  readonly url: string
  /** Names of events, or all that begin alike: `key.*`. */
  readonly events: readonly string[]
  /** Which part of the events of ordinary traffic is told, from 0 to 1; all other events are always told. */
  readonly sample: number
  /** Mail addresses that hear of it when the webhook is disabled. */
  readonly contacts: readonly string[]
  readonly enabled: boolean
  readonly disabledReason: string | null
  /** Events from this moment on are told. */
  readonly since: number
  readonly failingSince: number | null
  /** Events of traffic that were not told because too many waited already. */
  readonly dropped: number
  /** Until when the former secret signs too. */
  readonly formerSecretUntil: number | null
  readonly createdAt: number
  readonly createdBy: string
  readonly changedAt: number
  readonly changedBy: string
  readonly version: number
}

/** What a webhook may be given by whoever makes or changes it. */
export type WebhookProperties = Pick<Webhook, 'name' | 'url' | 'events' | 'sample' | 'contacts'>

export function webhookOf(row: WebhookRow): Webhook {
  return {
    id: row.id,
    organization: row.organization,
    name: row.name,
    url: row.url,
    events: JSON.parse(row.events) as string[],
    sample: row.sample,
    contacts: JSON.parse(row.contacts) as string[],
    enabled: row.enabled === 1,
    disabledReason: row.disabled_reason,
    since: row.since,
    failingSince: row.failing_since,
    dropped: row.dropped,
    formerSecretUntil: row.former_until,
    createdAt: row.created_at,
    createdBy: row.created_by,
    changedAt: row.changed_at,
    changedBy: row.changed_by,
    version: row.version,
  }
}

/** The columns of what may be changed. */
export function columnsOf({ name, url, events, sample, contacts }: WebhookProperties) {
  return { name, url, events: JSON.stringify(events), sample, contacts: JSON.stringify(contacts) }
}

/** Who an address belongs to, for messages and events: paths of webhooks are often secrets. */
export function originOf(url: string): string {
  return new URL(url).origin
}
