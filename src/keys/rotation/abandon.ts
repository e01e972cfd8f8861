import { actorOf, type Caller, done, type Result } from '../../core/index.ts'
import type { Transaction } from '../../store/index.ts'
import { moveWithin } from '../change.ts'
import type { KeyDeps } from '../deps.ts'
import type { Key } from '../key.ts'
import { revocation } from '../status.ts'
import { findKeyToChange, holdKeys } from '../store.ts'
import { mailOwner } from './contacts.ts'
import type { RotationRecord } from './rotation.ts'
import { moveRotation } from './rotation-store.ts'
import { failSchedule } from './schedule-store.ts'
import { systemCaller } from './system-caller.ts'

/** Why a rotation through a secret store did not succeed, as people read it. What the store said goes to the log alone. */
export const FAILURES = {
  storeUnknown: 'there is no such secret store any more',
  storeAway: 'the secret store does not answer',
  notTaken: 'the secret store did not take the new key',
  movedOn: 'the key was rotated or revoked meanwhile',
} as const
export type Failure = (typeof FAILURES)[keyof typeof FAILURES]

/**
 * Takes a rotation back that did not come to its end: the new key, which nobody can get, is revoked; the old one was
 * never touched. The Event says so; of a schedule the owner is told too, at the first attempt.
 */
export function abandon(
  deps: KeyDeps,
  rotation: Omit<RotationRecord, 'chain'>,
  failure: Failure,
  caller: Caller,
): Promise<Result<unknown>> {
  return deps.store.write(async (tx) => {
    await holdKeys(tx, [rotation.from, rotation.to])
    const old = await findKeyToChange(tx, rotation.from, { organization: rotation.organization, ownerId: null })
    const ended = { state: 'failed', failure, ended_at: deps.clock.now(), ended_by: caller.principal.id } as const
    if (old === null || !(await moveRotation(tx, rotation.id, 'placing', ended))) return done(null)
    const told = await tellFailure(deps, tx, old, failure, { rotation, caller })
    const gone = await moveWithin(deps, tx, { id: rotation.to, version: null }, caller, revocation(failure))
    if (!gone.ok) return gone
    await told()
    return gone
  })
}

/** Says that a rotation could not even begin. */
export function reportFailure(deps: KeyDeps, key: Key, failure: Failure): Promise<void> {
  return deps.store.write(async (tx) => {
    const held = await findKeyToChange(tx, key.id, { organization: key.organization, ownerId: null })
    if (held === null || held.rotatedTo !== null) return
    const told = await tellFailure(deps, tx, held, failure, { rotation: null, caller: systemCaller(key) })
    await told()
  })
}

/** Writes the failure down. @returns what tells the Event, to be called last because it holds the log */
async function tellFailure(
  deps: KeyDeps,
  tx: Transaction,
  key: Key,
  failure: Failure,
  { rotation, caller }: { rotation: Pick<RotationRecord, 'to' | 'kind'> | null; caller: Caller },
): Promise<() => Promise<unknown>> {
  // Whoever rotates by hand is told so in the answer; their attempt is none of the schedule's.
  const byHand = rotation !== null && rotation.kind !== 'scheduled'
  const schedule = byHand ? null : await failSchedule(tx, key.id, failure)
  const retryAt = schedule?.wake_at ?? null
  const attempt = schedule?.attempts ?? 0
  if (attempt === 1 && retryAt !== null) {
    await mailOwner(deps, tx, key, 'rotation_failed', { reason: `${failure}.`, next: new Date(retryAt).toISOString() })
  }
  const at = key.rotation?.store ?? null
  const details = {
    to: rotation?.to ?? null,
    failure,
    attempt,
    retryAt,
    store: at?.name ?? null,
    path: at?.path ?? null,
  }
  return () =>
    deps.audit.append(tx, {
      ...actorOf(caller),
      type: 'key.rotation_failed',
      outcome: 'failure',
      resource: key.id,
      details,
    })
}
