import type { FieldError } from '../../core/index.ts'
import type { Key, RotationEvery, RotationSchedule } from '../key.ts'
import type { ClassDays } from './class-days.ts'
import type { KeyPlaces } from './surroundings.ts'

export const DAY = 86_400_000
/** How long a replaced key still works unless told otherwise, in milliseconds. */
export const GRACE = DAY
/** No grace is longer: who needs more than a month needs another key, not a grace. */
export const LONGEST_GRACE = 30 * DAY
export const LONGEST_NOTICE = 30
const USUAL_NOTICE = 7

type Scheduled = Pick<Key, 'rotation' | 'classification'>

const WORD_DAYS = { daily: 1, weekly: 7, monthly: 30, quarterly: 90 } as const

/**
 * The days between two rotations. By classification a key is replaced one day before its class would end it: that day is
 * the grace of the old one.
 *
 * @param classDays how long a key of its class lives
 */
export function daysOf(every: RotationEvery, classDays: number): number {
  if (typeof every === 'number') return every
  return every === 'classification' ? classDays - GRACE / DAY : WORD_DAYS[every]
}

/** The days of notice when none were named: a week, or what fits before the rotation. */
export function usualNotice(every: RotationEvery): number {
  return every === 'classification' ? USUAL_NOTICE : Math.min(USUAL_NOTICE, daysOf(every, 0) - 1)
}

/** When a key is due: its period after the moment it was made or its schedule was set. Null without a schedule. */
export function nextRotation(rotation: RotationSchedule | null, classDays: number, from: number): number | null {
  return rotation === null ? null : from + daysOf(rotation.every, classDays) * DAY
}

/** The next rotation after a change. Saying again what holds already does not put it off. */
export function rotationAfter(before: Key, after: Scheduled, classDays: ClassDays, now: number): number | null {
  const next = nextRotation(after.rotation, classDays(after.classification), now)
  if (after.rotation === null || before.rotation === null) return next
  const same =
    daysOf(after.rotation.every, classDays(after.classification)) ===
    daysOf(before.rotation.every, classDays(before.classification))
  return same ? before.rotatesAt : next
}

/** When a key that will be due at `dueAt` has something to be done first: the first notice, or the rotation. */
export function firstWake(rotation: RotationSchedule, dueAt: number): number {
  return dueAt - rotation.notice * DAY
}

/** What is wrong with a schedule: the key, and every one after it, must live until it is replaced. */
export function scheduleFaults(
  key: Scheduled & Pick<Key, 'expiresAt' | 'rotatesAt'>,
  classDays: number,
  places: KeyPlaces,
): FieldError[] {
  const { rotation, rotatesAt, expiresAt } = key
  if (rotation === null || rotatesAt === null) return []
  const days = daysOf(rotation.every, classDays)
  const lives = expiresAt > rotatesAt && days < classDays && days > 0
  return [
    ...(rotation.notice < days
      ? []
      : [{ path: 'rotation.notice', message: `must be fewer than the ${days} days between two rotations` }]),
    ...(lives ? [] : [{ path: 'rotation.every', message: endsBefore(days) }]),
    ...storeFaults(rotation.store, places),
  ]
}

function endsBefore(days: number): string {
  return `the key would end before it is replaced after ${days} days; choose a shorter period, "classification", or a later expiry`
}

function storeFaults(at: RotationSchedule['store'], places: KeyPlaces): FieldError[] {
  if (at === null) return []
  const store = places.get(at.name)
  const path = 'rotation.store.name'
  if (store === null) return [{ path, message: `there is no such secret store; ${configured(places.names)}` }]
  if (!store.can.write) return [{ path, message: 'this secret store can only be read' }]
  const fault = store.pathFault(at.path)
  return fault === null ? [] : [{ path: 'rotation.store.path', message: fault }]
}

function configured(names: readonly string[]): string {
  return names.length === 0 ? 'none is configured under secretStores' : `configured are: ${names.join(', ')}`
}
