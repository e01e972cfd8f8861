import { add, divide, type Long, longOf, subtract } from './long.ts'
import { type Duration, type Fault, fault, type Instant } from './value.ts'

const DAY = 86_400_000n
const FORM = /^(\d{4})-(\d{2})-(\d{2})(?:T(\d{2}):(\d{2}):(\d{2})(?:\.(\d{3}))?(?:Z|([+-])(\d{2})(\d{2})))?$/
const LENGTH = /^(-?)(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?$/
const UNITS = [DAY, 3_600_000n, 60_000n, 1000n, 1n] as const

/** A date, or a date and time with milliseconds at will, in UTC or with an offset such as `+0130`. */
export function readInstant(text: string): Instant | Fault {
  const match = FORM.exec(text)
  if (match === null) return fault(`invalid date or time: ${text}`)
  const [, ...parts] = match
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, ms = 0] = parts.slice(0, 7).map(numberOf)
  const [sign, hours = 0, minutes = 0] = [parts[7], ...parts.slice(8).map(numberOf)]
  const date = new Date(0)
  date.setUTCFullYear(year, month - 1, day)
  const isDate = date.getUTCMonth() === month - 1 && date.getUTCDate() === day
  if (!isDate || hour > 23 || minute > 59 || second > 59 || Number(hours) > 23 || Number(minutes) > 59)
    return fault(`invalid date or time: ${text}`)
  const offset = (Number(hours) * 60 + Number(minutes)) * (sign === '-' ? -60_000 : 60_000)
  return { kind: 'datetime', ms: date.getTime() + ((hour * 60 + minute) * 60 + second) * 1000 + ms - offset }
}

function numberOf(text: string | undefined): number {
  return Number(text ?? 0)
}

/** A duration: days, hours, minutes, seconds and milliseconds in this order, each at will, `-1d12h`. */
export function readDuration(text: string): Duration | Fault {
  const [, sign, ...parts] = LENGTH.exec(text) ?? []
  if (parts.every((part) => part === undefined)) return fault(`invalid duration: ${text}`)
  const total = UNITS.reduce((sum, unit, i) => sum + BigInt(parts[i] ?? 0) * unit, 0n)
  const ms = longOf(sign === '-' ? -total : total)
  return ms === null ? fault(`the duration ${text} overflows`) : { kind: 'duration', ms }
}

/** A duration in whole units, towards zero. */
export function inUnits({ ms }: Duration, unit: bigint): Long | Fault {
  return divide(ms, unit) ?? fault('a duration overflows')
}

export function offset(instant: Instant, duration: Duration): Instant | Fault {
  return instantOf(add(instant.ms, duration.ms))
}

export function durationSince(instant: Instant, since: Instant): Duration | Fault {
  const ms = subtract(instant.ms, since.ms)
  return ms === null ? fault('a duration overflows') : { kind: 'duration', ms }
}

/** The beginning of the day. */
export function toDate({ ms }: Instant): Instant | Fault {
  return instantOf(longOf(BigInt(ms) - sinceMidnight(ms)))
}

/** The time since the beginning of the day. */
export function toTime({ ms }: Instant): Duration {
  return { kind: 'duration', ms: Number(sinceMidnight(ms)) }
}

function sinceMidnight(ms: Long): bigint {
  return ((BigInt(ms) % DAY) + DAY) % DAY
}

function instantOf(ms: Long | null): Instant | Fault {
  return ms === null ? fault('a date overflows') : { kind: 'datetime', ms }
}
