import type { Classification, Environment, Format, Key, KeyType, Owner, StoredStatus, UsageLimit } from './key.ts'
import type { Service } from './service.ts'
import type { KeyRow, ServiceRow } from './tables.ts'

/** A row as the noun the rest of the module speaks of. */
export function keyOf(row: KeyRow): Key {
  return {
    id: row.id,
    organization: row.organization,
    name: row.name,
    description: row.description,
    type: row.type as KeyType,
    environment: row.environment as Environment,
    format: row.format as Format,
    classification: row.classification as Classification,
    owner: { kind: row.owner_kind as Owner['kind'], id: row.owner_id },
    hint: { start: row.hint_start, end: row.hint_end },
    scopes: JSON.parse(row.scopes),
    permissions: JSON.parse(row.permissions),
    resources: JSON.parse(row.resources),
    allowedIps: JSON.parse(row.allowed_ips),
    allowedDomains: JSON.parse(row.allowed_domains),
    expiresAt: row.expires_at,
    usageLimit: row.usage_limit === null ? null : (JSON.parse(row.usage_limit) as UsageLimit),
    rateLimits: JSON.parse(row.rate_limits),
    concurrency: row.concurrency,
    maxBody: row.max_body,
    requireMfa: row.require_mfa === 1,
    status: row.status as StoredStatus,
    metadata: JSON.parse(row.metadata),
    tags: JSON.parse(row.tags),
    created: {
      at: row.created_at,
      by: row.created_by,
      address: row.created_address,
      userAgent: row.created_user_agent,
    },
    changed: {
      at: row.changed_at,
      by: row.changed_by,
      address: row.changed_address,
      userAgent: row.changed_user_agent,
    },
    rotatedFrom: row.rotated_from,
    rotatedTo: row.rotated_to,
    version: row.version,
  }
}

/** A key as its row, with what proves it. */
export function rowOf(key: Key, proof: { digest: Uint8Array; pepper: number }): KeyRow {
  return {
    ...changeableColumns(key),
    id: key.id,
    organization: key.organization,
    type: key.type,
    environment: key.environment,
    format: key.format,
    owner_kind: key.owner.kind,
    owner_id: key.owner.id,
    hint_start: key.hint.start,
    hint_end: key.hint.end,
    digest: proof.digest,
    pepper: proof.pepper,
    created_at: key.created.at,
    created_by: key.created.by,
    created_address: key.created.address,
    created_user_agent: key.created.userAgent,
    rotated_from: key.rotatedFrom,
  }
}

/** The columns that a change may touch. */
export function changeableColumns(key: Key) {
  return {
    name: key.name,
    description: key.description,
    classification: key.classification,
    scopes: JSON.stringify(key.scopes),
    permissions: JSON.stringify(key.permissions),
    resources: JSON.stringify(key.resources),
    allowed_ips: JSON.stringify(key.allowedIps),
    allowed_domains: JSON.stringify(key.allowedDomains),
    expires_at: key.expiresAt,
    usage_limit: key.usageLimit === null ? null : JSON.stringify(key.usageLimit),
    rate_limits: JSON.stringify(key.rateLimits),
    concurrency: key.concurrency,
    max_body: key.maxBody,
    require_mfa: key.requireMfa ? 1 : 0,
    status: key.status,
    metadata: JSON.stringify(key.metadata),
    tags: JSON.stringify(key.tags),
    changed_at: key.changed.at,
    changed_by: key.changed.by,
    changed_address: key.changed.address,
    changed_user_agent: key.changed.userAgent,
    rotated_to: key.rotatedTo,
    version: key.version,
  }
}

export function serviceOf(row: ServiceRow): Service {
  return {
    id: row.id,
    organization: row.organization,
    name: row.name,
    description: row.description,
    enabled: row.enabled === 1,
    createdAt: row.created_at,
    createdBy: row.created_by,
    changedAt: row.changed_at,
    changedBy: row.changed_by,
    version: row.version,
  }
}
