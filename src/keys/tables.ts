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
  classification: string
  owner_kind: string
  owner_id: string
  status: string
  expires_at: number
  digest: Uint8Array
  pepper: number
  version: number
  /** Everything that no query asks for, as JSON: reading one text is cheaper than thirty columns. */
  rest: string
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
