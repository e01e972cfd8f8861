/** The tables this module owns. Times are milliseconds, JSON is text, booleans are 0 or 1. */
export type KeyTables = {
  api_key: KeyRow
  api_key_tag: { key_id: string; tag: string }
  api_key_use: UseRow
  api_key_traffic: TrafficTable
  api_key_quota: { key_id: string; start: number; used: number }
  api_key_foreign: ForeignRow
  api_key_signature: SignatureRow
  key_pepper: { version: number; created_at: number }
  service: ServiceRow
  /** One row: how far the ends of keys were told. */
  key_expiry: { id: number; told_until: number | null; key_id: string }
  key_rotation: RotationRow
  key_schedule: ScheduleRow
  approval: ApprovalRow
}

export type KeyRow = {
  id: string
  organization: string
  name: string
  description: string
  classification: string
  owner_kind: string
  owner_id: string
  status: string
  expires_at: number
  digest: Uint8Array
  pepper: number
  version: number
  /** The key that took this one's place by rotation. */
  successor: string | null
  /** Everything that no query asks for, as JSON: reading one text is cheaper than thirty columns. */
  rest: string
}

/** How a key of another system was imported. `hash`, `prefix` and `cost` are there until its first use. */
export type ForeignRow = {
  key_id: string
  kind: string
  mark: Uint8Array
  hash: string | null
  prefix: string | null
  cost: number | null
  adopted_at: number | null
}

/** What proves the signature of a request: `secret`, sealed, or `public_key`, a JWK. */
export type SignatureRow = {
  id: string
  key_id: string
  name: string
  algorithm: string
  secret: string | null
  public_key: string | null
  created_at: number
  created_by: string
}

/** How often a key was let through: in all, and in the newest hour, day and month in which it was. */
export type UseRow = {
  key_id: string
  total: number
  last_at: number | null
  last_address: string | null
  hour_start: number
  hour_uses: number
  day_start: number
  day_uses: number
  month_start: number
  month_uses: number
}

/** What was seen of a key in a stretch of time `span` milliseconds long; see migration 0140. */
export type TrafficTable = {
  key_id: string
  span: number
  start: number
  batch: string
  rolled: number
  requests: number
  succeeded: number
  denied: number
  failed: number
  spent: number
  detail: string
}

export type ServiceRow = {
  id: string
  organization: string
  name: string
  description: string
  enabled: number
  /** Roles, scopes and permissions, as JSON. */
  grants: string
  /** E-mail addresses, as JSON. */
  contacts: string
  created_at: number
  created_by: string
  changed_at: number
  changed_by: string
  version: number
}

/** One replacement of a key by another, whatever became of it. */
export type RotationRow = {
  id: string
  organization: string
  chain: string
  from_id: string
  to_id: string
  kind: string
  state: string
  at: number
  by: string
  address: string | null
  reason: string | null
  approval: string | null
  grace_ms: number
  grace_ends_at: number | null
  former_expires_at: number
  uses_before: number
  store: string | null
  path: string | null
  previous: string | null
  ended_at: number | null
  ended_by: string | null
  failure: string | null
}

/** What a key with a schedule waits for. */
export type ScheduleRow = {
  key_id: string
  next_at: number
  /** When there is something to do; null when there is nothing until somebody acts. */
  wake_at: number | null
  stage: string
  attempts: number
  failure: string | null
  store: string | null
  path: string | null
}

export type ApprovalRow = {
  id: string
  organization: string
  action: string
  subject: string
  state: string
  requested_at: number
  requested_by: string
  requester_kind: string
  reason: string | null
  /** Milliseconds that the old key lives on. */
  grace: number
  /** The rotation by schedule that it is for; null when somebody asked. */
  due_at: number | null
  lapses_at: number
  decided_at: number | null
  decided_by: string | null
  decider_kind: string | null
  decision_reason: string | null
  used_at: number | null
  result: string | null
}
