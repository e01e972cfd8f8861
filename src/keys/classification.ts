import type { Problem } from '../core/index.ts'
import { refuseHttp } from '../http/index.ts'
import type { Transaction } from '../store/index.ts'
import { countActive, holdOwner } from './classification-store.ts'
import { type Classification, type Key, statusAt } from './key.ts'
import type { KeyOwner } from './owner.ts'
import { refuseKey } from './problems.ts'

/** What a classification asks of its keys (row K7): days of life, and active ones of a service. Null is no limit. */
export type ClassRule = { readonly days: number; readonly mostActive: number | null }
export type ClassRules = Readonly<Record<Classification, ClassRule>>

type Around = { readonly classes: ClassRules }
const DAY = 86_400_000

/** How many days a key lives at the most: by its classification and, for a person's, by their roles (rows K7, K8). */
export function lifeDays(deps: Around, owner: Pick<KeyOwner, 'limits'>, classification: Classification): number {
  const { days } = deps.classes[classification]
  return Math.min(days, owner.limits?.rotationDays ?? days)
}

/** When a key ends that was made at a time and not told sooner. */
export function expiryOf(
  deps: Around,
  owner: Pick<KeyOwner, 'limits'>,
  classification: Classification,
  madeAt: number,
): number {
  return madeAt + lifeDays(deps, owner, classification) * DAY
}

/**
 * Why a key may not end as late as it would. Counted from when it was made: a key that could be prolonged again and
 * again would never be replaced.
 */
export function expiryProblem(
  deps: Around,
  owner: Pick<KeyOwner, 'limits'>,
  key: { readonly classification: Classification; readonly expiresAt: number },
  madeAt: number,
): Problem | null {
  const { classification, expiresAt } = key
  const latest = expiryOf(deps, owner, classification, madeAt)
  if (expiresAt <= latest) return null
  const days = lifeDays(deps, owner, classification)
  const why = days === deps.classes[classification].days ? `${classification} keys` : `keys of people with these roles`
  const message = `${iso(expiresAt)} is too late: ${why} live at most ${days} days, this one until ${iso(latest)}`
  return refuseHttp('INPUT_INVALID', { errors: [{ path: 'expiresAt', message }] })
}

/** Whether a key takes one of the places that are counted: those rotated away end by themselves and take none. */
export function takesPlace(key: Pick<Key, 'status' | 'expiresAt' | 'rotatedTo'>, now: number): boolean {
  return key.rotatedTo === null && statusAt(key, now) === 'active'
}

type Counted = Pick<Key, 'owner' | 'classification'> & { readonly except: readonly string[] }

/**
 * Whether one more active key fits: for a service by classification (row K7), for a person by role (row K8). The owner
 * is held until the transaction ends, so that of two keys made at once only as many succeed as fit.
 */
export async function placeTakenProblem(
  deps: Around,
  tx: Transaction,
  owner: KeyOwner,
  key: Counted,
  now: number,
): Promise<Problem | null> {
  const { limits } = owner
  const most = limits === null ? deps.classes[key.classification].mostActive : limits.mostKeys
  if (most === null) return null
  await holdOwner(tx, key.owner)
  const classification = limits === null ? key.classification : null
  const active = await countActive(tx, { ...key, classification, now, upTo: most })
  if (active < most) return null
  const kind = classification === null ? 'active keys' : `active ${classification} keys`
  const setting =
    classification === null
      ? 'mostKeys of their role in access.roles'
      : `keys.classifications.${classification}.mostActive`
  const detail = `${sentence(owner.name)} may have ${most} ${kind} at a time, and has as many. Rotate or revoke one first; the number is ${setting}.`
  return refuseKey('KEY_LIMIT_REACHED', { detail })
}

function iso(at: number): string {
  return new Date(at).toISOString()
}

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
