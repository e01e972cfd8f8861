import { actorOf, type Caller, createId, done, type Result } from '../../core/index.ts'
import type { Transaction } from '../../store/index.ts'
import { type Move, moveWithin } from '../change.ts'
import { type Created, insertNew } from '../create.ts'
import type { KeyDeps } from '../deps.ts'
import type { Key } from '../key.ts'
import type { Approval } from './approval.ts'
import { mailOwner } from './contacts.ts'
import type { RotationKind, RotationRecord } from './rotation.ts'
import { insertRotation, readUse } from './rotation-store.ts'
import { successorOf } from './successor.ts'
import { tellUse } from './use-approval.ts'

export type Replacement = {
  /** The id of the new key. */
  readonly id: string
  readonly kind: RotationKind
  readonly graceMs: number
  readonly reason: string | null
  /** The approval that was used for it. */
  readonly approval: Approval | null
}

/** Replaces a key that is held by this transaction: the old one gets its end, the new one is made, both in the history. */
export async function replaceKey(
  deps: KeyDeps,
  tx: Transaction,
  key: Key,
  replacement: Replacement,
  caller: Caller,
): Promise<Result<Created>> {
  const now = deps.clock.now()
  const { id, kind, approval } = replacement
  const next = await successorOf(deps, tx, key, id, now)
  if (!next.ok) return next
  const graceEndsAt = graceEnd(key, now, replacement.graceMs)
  const record = await rotationOf(tx, key, replacement, now, caller)
  await insertRotation(tx, { ...record, state: 'rotated', graceEndsAt })
  if (kind === 'emergency') await mailEmergency(deps, tx, key, record)
  const old = await moveWithin(deps, tx, { id: key.id, version: key.version }, caller, ending(record, graceEndsAt))
  if (!old.ok) return old
  const created = await insertNew(deps, tx, next.value, now, caller)
  if (approval !== null) await tellUse(deps, tx, approval, caller)
  if (kind === 'emergency') await tellEmergency(deps, tx, key, record, caller)
  return done(created)
}

/** When the old key ends: after the grace, and never later than it would have by itself. */
export function graceEnd(key: Pick<Key, 'expiresAt'>, now: number, graceMs: number): number {
  return Math.min(key.expiresAt, now + graceMs)
}

/** The entry of the history, before anything happened. */
export async function rotationOf(
  tx: Transaction,
  key: Key,
  { id, kind, graceMs, reason, approval }: Replacement,
  now: number,
  caller: Caller,
): Promise<Omit<RotationRecord, 'chain'>> {
  return {
    id: createId('rot', now),
    organization: key.organization,
    from: key.id,
    to: id,
    kind,
    state: 'placing',
    at: now,
    by: caller.principal.id,
    address: caller.address,
    reason,
    approval: approval?.id ?? null,
    graceMs,
    graceEndsAt: null,
    formerExpiresAt: key.expiresAt,
    usesBefore: (await readUse(tx, key.id)).total,
    store: null,
    previous: null,
    endedAt: null,
    endedBy: null,
    failure: null,
  }
}

/** What a rotation makes of the old key. */
export function ending(rotation: Omit<RotationRecord, 'chain'>, graceEndsAt: number): Move {
  const { to, kind, reason, approval, store } = rotation
  return (_key, now) => ({
    next: graceEndsAt <= now ? { status: 'revoked', rotatedTo: to } : { expiresAt: graceEndsAt, rotatedTo: to },
    event: {
      type: 'key.rotated',
      outcome: 'success',
      details: { to, graceEndsAt, kind, reason, approval, store: store?.name ?? null, path: store?.path ?? null },
    },
  })
}

type Emergency = Pick<RotationRecord, 'to' | 'by' | 'reason'>

/** Tells the owner that somebody did not wait for an approval. */
export function mailEmergency(deps: KeyDeps, tx: Transaction, key: Key, { by, reason }: Emergency): Promise<void> {
  return mailOwner(deps, tx, key, 'emergency_rotation', { actor: by, reason: reason ?? '' })
}

/** The Event of the same; last in the transaction, because it holds the log. */
export async function tellEmergency(
  deps: KeyDeps,
  tx: Transaction,
  key: Key,
  { to, reason }: Emergency,
  caller: Caller,
): Promise<void> {
  await deps.audit.append(tx, {
    ...actorOf(caller),
    type: 'key.emergency_rotation',
    outcome: 'success',
    resource: key.id,
    details: { to, reason, classification: key.classification },
  })
}
