import { type Caller, createId, done, type Result, refused } from '../core/index.ts'
import { type Idempotency, refuseHttp } from '../http/index.ts'
import { claimIdempotency, type Transaction } from '../store/index.ts'
import { type Move, moveWithin, type Target } from './change.ts'
import { type Created, insertNew } from './create.ts'
import type { KeyDeps } from './deps.ts'
import { defaultExpiry, type Key, statusAt } from './key.ts'
import { refuseKey } from './problems.ts'
import { grantProblem } from './properties.ts'
import { reachOf } from './reach.ts'
import { findKey } from './store.ts'
import type { KeyTables } from './tables.ts'

export type Rotation = { readonly target: Target; readonly graceMs: number }

/**
 * Replaces a key by a new one with the same properties. The old one keeps working for the grace and then ends by itself;
 * without grace it is revoked at once. Both name each other. Of many rotations at the same time exactly one wins.
 *
 * Errors: `KEY_UNKNOWN`, `VERSION_STALE`, `KEY_STATUS_CONFLICT`, `GRANT_EXCEEDED`, `IDEMPOTENCY_KEY_REUSED`.
 */
export function createRotate(deps: KeyDeps) {
  return (rotation: Rotation, caller: Caller, idempotency: Idempotency | null): Promise<Result<Created>> =>
    deps.store.write((tx) => rotateWithin(deps, tx, rotation, caller, idempotency))
}

async function rotateWithin(
  deps: KeyDeps,
  tx: Transaction,
  { target, graceMs }: Rotation,
  caller: Caller,
  idempotency: Idempotency | null,
): Promise<Result<Created>> {
  const now = deps.clock.now()
  const id = createId('key', now)
  if (idempotency !== null) {
    const claimed = await claimIdempotency(tx, { ...idempotency, ref: id, now })
    if (claimed.is === 'conflict') return refused(refuseHttp('IDEMPOTENCY_KEY_REUSED'))
    if (claimed.is === 'repeat') return repeated(tx, claimed.ref, caller)
  }
  const old = await moveWithin(deps, tx, target, caller, replacement(id, graceMs, caller))
  if (!old.ok) return old
  const { name, description, type, environment, format, classification, owner } = old.value
  const { scopes, permissions, resources, allowedIps, allowedDomains, usageLimit, rateLimits } = old.value
  const { concurrency, maxBody, requireMfa, metadata, tags } = old.value
  const expiresAt = defaultExpiry(classification, now)
  const same = { name, description, type, environment, format, classification, owner, scopes, permissions, resources }
  const rules = { allowedIps, allowedDomains, usageLimit, rateLimits, concurrency, maxBody, requireMfa, metadata, tags }
  return done(await insertNew(deps, tx, { ...same, ...rules, id, expiresAt, rotatedFrom: old.value.id }, now, caller))
}

function replacement(to: string, graceMs: number, caller: Caller): Move {
  return (key, now) => {
    const problem = rotationConflict(key, now) ?? grantProblem(key, caller)
    if (problem !== null) return problem
    const graceEndsAt = Math.min(key.expiresAt, now + graceMs)
    const ended = graceMs === 0 ? { status: 'revoked' as const } : { expiresAt: graceEndsAt }
    const details = { to, graceEndsAt }
    return { next: { ...ended, rotatedTo: to }, event: { type: 'key.rotated', outcome: 'success', details } }
  }
}

function rotationConflict(key: Key, now: number) {
  if (key.rotatedTo !== null) {
    return refuseKey('KEY_STATUS_CONFLICT', {
      detail: `The key was rotated already; its successor is ${key.rotatedTo}.`,
    })
  }
  const status = statusAt(key, now)
  if (status === 'active' || status === 'inactive') return null
  return refuseKey('KEY_STATUS_CONFLICT', { detail: `The key is ${status}; make a new one instead.` })
}

async function repeated(tx: Transaction, id: string, caller: Caller): Promise<Result<Created>> {
  const key = await findKey(tx.tables<KeyTables>(), id, reachOf(caller))
  return key === null ? refused(refuseKey('KEY_UNKNOWN')) : done({ key, secret: null })
}
