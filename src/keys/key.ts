import { windowEnd, windowStart } from '../limits/index.ts'

/** Where a key may be used. The environment is part of the key's text, so nobody mistakes one for another. */
export const ENVIRONMENTS = ['live', 'test', 'dev', 'int'] as const
export type Environment = (typeof ENVIRONMENTS)[number]

export const KEY_TYPES = ['personal', 'service', 'integration'] as const
export type KeyType = (typeof KEY_TYPES)[number]

export const FORMATS = ['prefixed', 'hex', 'base64url', 'segmented', 'uuid'] as const
export type Format = (typeof FORMATS)[number]
/** A key of another system that was imported has whatever form it has. */
export type KeyFormat = Format | 'foreign'

/** How much a leak would hurt. How long such keys live, and how many there may be, is configured (row K7). */
export const CLASSIFICATIONS = ['CRITICAL', 'HIGH', 'MEDIUM', 'LOW'] as const
export type Classification = (typeof CLASSIFICATIONS)[number]

/** Stands for every address among `allowedIps`, so that nobody opens a key to the whole network by a slip. */
export const ANY_ADDRESS = 'any'
const DAY = 86_400_000

/** What is stored. `expired` is never stored: it is what time makes of the others. */
export const STORED_STATUSES = ['active', 'inactive', 'suspended', 'revoked'] as const
export type StoredStatus = (typeof STORED_STATUSES)[number]
export const STATUSES = [...STORED_STATUSES, 'expired'] as const
export type Status = (typeof STATUSES)[number]

export const LIMIT_WINDOWS = { second: 1_000, minute: 60_000, hour: 3_600_000, day: DAY } as const
export type RateLimit = { readonly max: number; readonly per: keyof typeof LIMIT_WINDOWS; readonly burst?: number }

export const USAGE_PERIODS = ['hour', 'day', 'month', 'total'] as const
export type UsagePeriod = (typeof USAGE_PERIODS)[number]
/** How often a key may be used in a period. `exact` pays one durable write a use and never overspends. */
export type UsageLimit = { readonly max: number; readonly per: UsagePeriod; readonly exact: boolean }

/** `GET /api/v1/products/*`, or a path pattern alone for every method. */
export type ResourcePattern = string

export type Owner = { readonly kind: 'user' | 'service'; readonly id: string }

/** Where a change came from. */
export type Origin = {
  readonly at: number
  readonly by: string
  /** The key that it was done with; absent where it was none, and in what was written before this was kept. */
  readonly with?: string
  readonly address: string | null
  readonly userAgent: string | null
}

/** How often a key is replaced: a word, a number of days, or as its classification asks (row K22). */
export const ROTATION_WORDS = ['daily', 'weekly', 'monthly', 'quarterly', 'classification'] as const
export type RotationEvery = (typeof ROTATION_WORDS)[number] | number

/** When a key is replaced, how many days before its owner is told, and where the new key is placed. */
export type RotationSchedule = {
  readonly every: RotationEvery
  /** Days before the rotation; 0 tells nothing beforehand. */
  readonly notice: number
  /** Null only reminds: a new key could be shown to nobody. */
  readonly store: { readonly name: string; readonly path: string } | null
}

/** An API key as it is known after its creation: everything but the key itself. Times are milliseconds. */
export type Key = {
  readonly id: string
  readonly organization: string
  readonly name: string
  readonly description: string
  readonly type: KeyType
  readonly environment: Environment
  readonly format: KeyFormat
  readonly classification: Classification
  readonly owner: Owner
  /** What a person may recognise the key by: how it begins and its last four characters. */
  readonly hint: { readonly start: string; readonly end: string }
  readonly scopes: readonly string[]
  readonly permissions: readonly string[]
  readonly resources: readonly ResourcePattern[]
  readonly allowedIps: readonly string[]
  readonly allowedDomains: readonly string[]
  readonly expiresAt: number
  readonly usageLimit: UsageLimit | null
  readonly rateLimits: readonly RateLimit[]
  readonly concurrency: number | null
  /** Bytes. */
  readonly maxBody: number | null
  readonly requireMfa: boolean
  readonly status: StoredStatus
  readonly metadata: Readonly<Record<string, unknown>>
  readonly tags: readonly string[]
  readonly created: Origin
  readonly changed: Origin
  readonly rotatedFrom: string | null
  readonly rotatedTo: string | null
  readonly rotation: RotationSchedule | null
  /** When it is to be replaced; null without a schedule. */
  readonly rotatesAt: number | null
  readonly version: number
}

/** The status that counts now. Revoked stays revoked; otherwise time may have ended the key. */
export function statusAt(key: Pick<Key, 'status' | 'expiresAt'>, now: number): Status {
  if (key.status === 'revoked') return 'revoked'
  return key.expiresAt <= now ? 'expired' : key.status
}

/** The begin of the period that a moment lies in, in UTC; 0 for `total`. */
export function periodStart(per: UsagePeriod, now: number): number {
  return per === 'total' ? 0 : windowStart(per, now)
}

/** The begin of the next period, or null when `total` never starts anew. */
export function periodEnd(per: UsagePeriod, now: number): number | null {
  return per === 'total' ? null : windowEnd(per, windowStart(per, now))
}
