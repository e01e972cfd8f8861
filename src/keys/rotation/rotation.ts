import type { RotationSchedule } from '../key.ts'

export const ROTATION_KINDS = ['manual', 'emergency', 'scheduled'] as const
export type RotationKind = (typeof ROTATION_KINDS)[number]

/** `placing` → `rotated` | `failed`; `rotated` → `rolled_back`. */
export const ROTATION_STATES = ['placing', 'rotated', 'rolled_back', 'failed'] as const
export type RotationState = (typeof ROTATION_STATES)[number]

/** One replacement of a key by another, and what became of it. Times are milliseconds. */
export type RotationRecord = {
  readonly id: string
  readonly organization: string
  /** The first of all keys that replaced each other. */
  readonly chain: string
  readonly from: string
  readonly to: string
  readonly kind: RotationKind
  readonly state: RotationState
  readonly at: number
  readonly by: string
  readonly address: string | null
  readonly reason: string | null
  readonly approval: string | null
  /** How long the old key works on once the new one is in its place. */
  readonly graceMs: number
  /** Until when the old key works; null while nothing was replaced yet. */
  readonly graceEndsAt: number | null
  /** When the old key would have ended by itself. */
  readonly formerExpiresAt: number
  /** How often the old key had been used before. */
  readonly usesBefore: number
  readonly store: RotationSchedule['store']
  /** The version under which the store keeps what lay there before. */
  readonly previous: string | null
  readonly endedAt: number | null
  readonly endedBy: string | null
  readonly failure: string | null
}
