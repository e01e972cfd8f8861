import { setTimeout as pause } from 'node:timers/promises'
import type { KeyDeps } from '../deps.ts'
import type { Key } from '../key.ts'
import type { ScheduleRow } from '../tables.ts'
import { abandon, FAILURES, reportFailure } from './abandon.ts'
import type { Approval } from './approval.ts'
import { retryAfter } from './backoff.ts'
import { begin } from './begin.ts'
import { link } from './link.ts'
import { proves } from './proves.ts'
import type { RotationRecord } from './rotation.ts'
import { moveSchedule } from './schedule-store.ts'

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
  const place = placeOf(deps, key.rotation?.store ?? null)
  if (place === null) return failEarly(deps, schedule, key, FAILURES.storeUnknown)
  // Asked first: a store that is down would leave a new key, revoked at once, for each attempt.
  if (!(await answers(deps, () => place.get()))) return failEarly(deps, schedule, key, FAILURES.storeAway)
  const begun = await begin(deps, schedule, key, approval)
  if (!begun.ok) return
  const { rotation, text } = begun.value
  try {
    const { previous } = await within(place.rotate(text))
    await linkOrAbandon(deps, rotation, previous)
  } catch (error) {
    deps.onError(error)
    await settle(deps, rotation)
  }
}

/**
 * Ends a rotation of which it is not known whether the new key was placed: the store is asked. Where it holds the new key
 * the rotation is completed, otherwise taken back; while it does not answer nothing is decided.
 */
export async function settle(deps: KeyDeps, rotation: Placing): Promise<void> {
  const place = placeOf(deps, rotation.store)
  if (place === null) {
    await abandon(deps, rotation, FAILURES.storeUnknown)
    return
  }
  try {
    const lies = await within(place.get())
    if (await proves(deps, rotation.to, lies)) await linkOrAbandon(deps, rotation, null)
    else await abandon(deps, rotation, FAILURES.notTaken)
  } catch (error) {
    deps.onError(error)
  }
}

async function linkOrAbandon(deps: KeyDeps, rotation: Placing, previous: string | null): Promise<void> {
  const linked = await link(deps, rotation, previous)
  if (!linked.ok) await abandon(deps, rotation, FAILURES.movedOn)
}

async function failEarly(deps: KeyDeps, schedule: ScheduleRow, key: Key, failure: Parameters<typeof abandon>[2]) {
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
