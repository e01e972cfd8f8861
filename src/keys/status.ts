import type { Caller, Problem, Result } from '../core/index.ts'
import { type Move, moveKey, type Target } from './change.ts'
import type { KeyDeps } from './deps.ts'
import { type Key, type Status, statusAt } from './key.ts'
import { refuseKey } from './problems.ts'

/**
 * Stops a key until it is resumed. Suspending twice is fine.
 *
 * Errors: `KEY_UNKNOWN`, `VERSION_STALE`, `KEY_STATUS_CONFLICT`.
 */
export function createSuspend(deps: KeyDeps) {
  return (target: Target, reason: string | null, caller: Caller): Promise<Result<Key>> =>
    moveKey(deps, target, caller, suspension(reason))
}

/** Lets a suspended key work again. Errors as for suspending. */
export function createResume(deps: KeyDeps) {
  return (target: Target, caller: Caller): Promise<Result<Key>> => moveKey(deps, target, caller, resumption)
}

/** Ends a key for good. Revoking twice is fine, and nothing brings the key back. Errors: `KEY_UNKNOWN`, `VERSION_STALE`. */
export function createRevoke(deps: KeyDeps) {
  return (target: Target, reason: string | null, caller: Caller): Promise<Result<Key>> =>
    moveKey(deps, target, caller, revocation(reason))
}

function suspension(reason: string | null): Move {
  return (key, now) => {
    const status = statusAt(key, now)
    if (status === 'suspended') return null
    if (status === 'revoked' || status === 'expired') return conflict(status, 'suspended')
    return { next: { status: 'suspended' }, event: { type: 'key.suspended', outcome: 'success', details: { reason } } }
  }
}

const resumption: Move = (key, now) => {
  const status = statusAt(key, now)
  if (status === 'active') return null
  if (status !== 'suspended') return conflict(status, 'resumed')
  return { next: { status: 'active' }, event: { type: 'key.resumed', outcome: 'success' } }
}

export function revocation(reason: string | null): Move {
  return (key) => {
    if (key.status === 'revoked') return null
    return { next: { status: 'revoked' }, event: { type: 'key.revoked', outcome: 'success', details: { reason } } }
  }
}

function conflict(status: Status, wanted: string): Problem {
  return refuseKey('KEY_STATUS_CONFLICT', { detail: `The key is ${status}, so it cannot be ${wanted}.` })
}
