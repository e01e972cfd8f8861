import type { FieldError } from '../../core/index.ts'
import type { Key, RotationEvery, RotationSchedule } from '../key.ts'
import type { KeyPlaces } from './surroundings.ts'

export const DAY = 86_400_000
/** How long a replaced key still works unless told otherwise, in milliseconds. */
export const GRACE = DAY
/** No grace is longer: who needs more than a month needs another key, not a grace. */
export const LONGEST_GRACE = 30 * DAY
export const LONGEST_NOTICE = 30
const USUAL_NOTICE = 7

type Scheduled = Pick<Key, 'rotation' | 'expiresAt'>

const WORD_DAYS = { daily: 1, weekly: 7, monthly: 30, quarterly: 90 } as const

/** The days between two rotations; null where the life of the key decides. */
export function daysOf(every: RotationEvery): number | null {
  if (typeof every === 'number') return every
  return every === 'classification' ? null : WORD_DAYS[every]
}

/** The days of notice when none were named: a week, or what fits before the rotation. */
export function usualNotice(every: RotationEvery): number {
  return Math.min(USUAL_NOTICE, (daysOf(every) ?? LONGEST_NOTICE) - 1)
}

/**
 * When a key is due: its period after the moment it was made or its schedule was set. By classification it is replaced one
 * day before its class would end it: that day is the grace of the old one. Null without a schedule.
 */
export function nextRotation({ rotation, expiresAt }: Scheduled, from: number): number | null {
  if (rotation === null) return null
  const days = daysOf(rotation.every)
  return days === null ? expiresAt - GRACE : from + days * DAY
}

/** The next rotation after a change. Saying again what holds already does not put it off. */
export function rotationAfter(before: Key, after: Scheduled, now: number): number | null {
  const [was, is] = [before.rotation, after.rotation]
  const same = was !== null && is !== null && daysOf(was.every) === daysOf(is.every)
  const counts = same && (daysOf(is.every) !== null || before.expiresAt === after.expiresAt)
  return counts ? before.rotatesAt : nextRotation(after, now)
}

/** When a key that will be due at `dueAt` has something to be done first: the first notice, or the rotation. */
export function firstWake(rotation: RotationSchedule, dueAt: number): number {
  return dueAt - rotation.notice * DAY
}

/**
 * What is wrong with a schedule: the key, and every one after it, must live until it is replaced.
 *
 * @param lifeDays how long a key of this class and owner lives
 */
export function scheduleFaults(
  key: Scheduled & Pick<Key, 'rotatesAt'>,
  { now, lifeDays, places }: { readonly now: number; readonly lifeDays: number; readonly places: KeyPlaces },
): FieldError[] {
  const { rotation, rotatesAt, expiresAt } = key
  if (rotation === null || rotatesAt === null) return []
  const days = daysOf(rotation.every) ?? (rotatesAt - now) / DAY
  const lives = expiresAt > rotatesAt && days < lifeDays && days > 0
  return [
    ...(rotation.notice < days ? [] : [{ path: 'rotation.notice', message: tooEarly(days) }]),
    ...(lives ? [] : [{ path: 'rotation.every', message: endsBefore(days) }]),
    ...storeFaults(rotation.store, places),
  ]
}

function tooEarly(days: number): string {
  return `must be fewer than the ${Math.max(0, Math.floor(days))} days before a rotation`
}

function endsBefore(days: number): string {
  if (days <= 0) return 'the key ends within a day, which is too soon to be replaced; make a new one'
  return `the key would end before it is replaced after ${Math.floor(days)} days; choose a shorter period, "classification", or a later expiry`
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
