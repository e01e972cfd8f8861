import { setTimeout as pause } from 'node:timers/promises'
import type { Caller } from '../../core/index.ts'
import type { KeyDeps } from '../deps.ts'
import type { Key } from '../key.ts'
import type { ScheduleRow } from '../tables.ts'
import { abandon, FAILURES, type Failure, reportFailure } from './abandon.ts'
import type { Approval } from './approval.ts'
import { retryAfter } from './backoff.ts'
import { type Begun, begin } from './begin.ts'
import { link } from './link.ts'
import { proves } from './proves.ts'
import type { RotationRecord } from './rotation.ts'
import { moveSchedule } from './schedule-store.ts'
import { systemCaller } from './system-caller.ts'

/** The longest that a secret store may take for one answer, in milliseconds. */
export const STORE_PATIENCE = 20_000

type Placing = Omit<RotationRecord, 'chain'>

/**
 * Does a due rotation: makes the new key, places it in the secret store, links the two. Nothing outside is waited for
 * inside a transaction; what this process leaves when it ends in between, `settle` ends.
 */
export async function rotateAndPlace(
  deps: KeyDeps,
  schedule: ScheduleRow,
  key: Key,
  approval: Approval | null,
): Promise<void> {
  const fault = await placeFault(deps, key)
  if (fault !== null) return failEarly(deps, schedule, key, fault)
  const begun = await begin(deps, schedule, key, approval)
  if (begun.ok) await placeBegun(deps, begun.value, systemCaller(key))
}

/**
 * Why the secret store of a key cannot be rotated through now, or null. Asked before anything is made: a store that is
 * down would leave a new key, revoked at once, for each attempt.
 */
export async function placeFault(deps: KeyDeps, key: Pick<Key, 'rotation'>): Promise<Failure | null> {
  const place = placeOf(deps, key.rotation?.store ?? null)
  if (place === null) return FAILURES.storeUnknown
  return (await answers(deps, () => place.get())) ? null : FAILURES.storeAway
}

/** Places the new key of a rotation that was begun in the secret store and ends the rotation, one way or the other. */
export async function placeBegun(deps: KeyDeps, { rotation, text }: Begun, caller: Caller): Promise<void> {
  const place = placeOf(deps, rotation.store)
  if (place === null) return settle(deps, rotation, caller)
  try {
    const { previous } = await within(place.rotate(text))
    await linkOrAbandon(deps, rotation, previous, caller)
  } catch (error) {
    deps.onError(error)
    await settle(deps, rotation, caller)
  }
}

/**
 * Ends a rotation of which it is not known whether the new key was placed: the store is asked. Where it holds the new key
 * the rotation is completed, otherwise taken back; while it does not answer nothing is decided.
 */
export async function settle(deps: KeyDeps, rotation: Placing, caller: Caller): Promise<void> {
  const place = placeOf(deps, rotation.store)
  if (place === null) {
    await abandon(deps, rotation, FAILURES.storeUnknown, caller)
    return
  }
  try {
    const lies = await within(place.get())
    if (await proves(deps, rotation.to, lies)) await linkOrAbandon(deps, rotation, null, caller)
    else await abandon(deps, rotation, FAILURES.notTaken, caller)
  } catch (error) {
    deps.onError(error)
  }
}

async function linkOrAbandon(deps: KeyDeps, rotation: Placing, previous: string | null, caller: Caller): Promise<void> {
  const linked = await link(deps, rotation, previous, caller)
  if (!linked.ok) await abandon(deps, rotation, FAILURES.movedOn, caller)
}

async function failEarly(deps: KeyDeps, schedule: ScheduleRow, key: Key, failure: Failure) {
  const attempts = schedule.attempts + 1
  const next = { attempts, wake_at: retryAfter(attempts, deps.clock.now()) }
  const mine = await deps.store.write((tx) => moveSchedule(tx, schedule, next))
  if (mine) await reportFailure(deps, key, failure)
}

function placeOf(deps: KeyDeps, at: RotationRecord['store']) {
  if (at === null) return null
  const place = deps.rotation.places.get(at.name)
  if (place === null) return null
  return {
    get: () => place.get(at.path),
    rotate: (value: Parameters<typeof place.rotate>[1]) => place.rotate(at.path, value),
  }
}

async function answers(deps: KeyDeps, ask: () => Promise<unknown>): Promise<boolean> {
  try {
    await within(ask())
    return true
  } catch (error) {
    deps.onError(error)
    return false
  }
}

// A store that never answers must not hold up the rotations of all other keys.
async function within<T>(answer: Promise<T>): Promise<T> {
  const over = new AbortController()
  const late = pause(STORE_PATIENCE, null, { signal: over.signal, ref: false }).then(() => {
    throw new Error(`a secret store did not answer within ${STORE_PATIENCE / 1000} s`)
  })
  try {
    return await Promise.race([answer, late])
  } finally {
    over.abort()
    late.catch(() => undefined)
  }
}
