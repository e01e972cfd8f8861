/** The tables this module owns. Times are milliseconds, JSON is text, booleans are 0 or 1. */
export type KeyTables = {
  api_key: KeyRow
  api_key_tag: { key_id: string; tag: string }
  api_key_use: { key_id: string; total: number; last_at: number | null; last_address: string | null }
  api_key_hour: { key_id: string; hour: number; uses: number }
  api_key_quota: { key_id: string; start: number; used: number }
  key_pepper: { version: number; created_at: number }
  service: ServiceRow
}

export type KeyRow = {
  id: string
  organization: string
  name: string
  description: string
  type: string
  environment: string
  format: string
  classification: string
  owner_kind: string
  owner_id: string
  hint_start: string
  hint_end: string
  digest: Uint8Array
  pepper: number
  scopes: string
  permissions: string
  resources: string
  allowed_ips: string
  allowed_domains: string
  expires_at: number
  usage_limit: string | null
  rate_limits: string
  concurrency: number | null
  max_body: number | null
  require_mfa: number
  status: string
  metadata: string
  tags: string
  created_at: number
  created_by: string
  created_address: string | null
  created_user_agent: string | null
  changed_at: number
  changed_by: string
  changed_address: string | null
  changed_user_agent: string | null
  rotated_from: string | null
  rotated_to: string | null
  version: number
}

export type ServiceRow = {
  id: string
  organization: string
  name: string
  description: string
  enabled: number
  created_at: number
  created_by: string
  changed_at: number
  changed_by: string
  version: number
}
