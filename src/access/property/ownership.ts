import type { Principal } from '../../core/index.ts'
import { isPermission, missingPermissions } from '../permission.ts'
import { type NoteUse, UNNOTED } from '../use/uses.ts'

/** How it is known whose an object of a type is. */
export type Ownership = {
  /** The property that names whose it is, such as `customer` or `customer.id`. */
  readonly property: string
  /** Whoever holds this permission for a value (`customers:act:cus_7`) is whom the value names. */
  readonly as: string | null
}

/**
 * Whether an object belongs to whoever asks: its owner is their id, or somebody whom they may act as. Nobody owns what
 * does not say whose it is.
 *
 * @param note takes down that somebody acted as another
 */
export function isOwner(principal: Principal, value: string, as: string | null, note: NoteUse = UNNOTED): boolean {
  if (principal.kind === 'anonymous' || value === '') return false
  if (principal.id === value) return true
  if (as === null || value === '*') return false
  const wanted = `${as}:${value}`
  if (!isPermission(wanted) || missingPermissions(principal.permissions, [wanted]).length > 0) return false
  note(principal, { permissions: [wanted] })
  return true
}
