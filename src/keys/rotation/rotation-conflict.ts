import type { Problem } from '../../core/index.ts'
import type { Transaction } from '../../store/index.ts'
import { type Key, statusAt } from '../key.ts'
import { refuseKey } from '../problems.ts'
import { findRotationFrom } from './rotation-store.ts'

/** Why a key cannot be rotated now, or null: only a key that can still be used is, once, and by one rotation at a time. */
export async function rotationConflict(tx: Transaction, key: Key, now: number): Promise<Problem | null> {
  if (key.rotatedTo !== null) {
    return refuseKey('KEY_STATUS_CONFLICT', {
      detail: `The key was rotated already; its successor is ${key.rotatedTo}.`,
    })
  }
  const status = statusAt(key, now)
  if (status !== 'active' && status !== 'inactive') {
    return refuseKey('KEY_STATUS_CONFLICT', { detail: `The key is ${status}; make a new one instead.` })
  }
  const placing = await findRotationFrom(tx, key.id, ['placing'])
  if (placing === null) return null
  return refuseKey('ROTATION_UNDER_WAY', {
    detail: 'A rotation is placing the new key in its secret store just now. Try again.',
  })
}
