import { readDecimal } from './decimal.ts'
import { isInRange, isLoopback, isMulticast, readIp } from './ip-range.ts'
import { durationSince, inUnits, offset, readDuration, readInstant, toDate, toTime } from './time.ts'
import {
  type Decimal,
  type Duration,
  type Extension,
  type Instant,
  type IpRange,
  type Value,
  wrongType,
} from './value.ts'

/** A function, and how many values it takes. */
export type Callable = { readonly takes: number; readonly apply: (args: readonly Value[]) => Value }
type Kinds = { decimal: Decimal; ip: IpRange; datetime: Instant; duration: Duration }

/** What makes a value of an extension type out of a text. */
export const CONSTRUCTORS: Readonly<Record<string, (text: string) => Extension | Value>> = {
  decimal: readDecimal,
  ip: readIp,
  datetime: readInstant,
  duration: readDuration,
}

const SECOND = 1000n
const MINUTE = 60n * SECOND
const HOUR = 60n * MINUTE

/** Every function that a policy can call, by name. One that is not here is for the judge. */
export const FUNCTIONS: ReadonlyMap<string, Callable> = new Map<string, Callable>([
  ...Object.entries(CONSTRUCTORS).map(([name, read]) => [name, ofText(read)] as const),
  ['lessThan', ofTwo('decimal', 'decimal', (left, right) => left.units < right.units)],
  ['lessThanOrEqual', ofTwo('decimal', 'decimal', (left, right) => left.units <= right.units)],
  ['greaterThan', ofTwo('decimal', 'decimal', (left, right) => left.units > right.units)],
  ['greaterThanOrEqual', ofTwo('decimal', 'decimal', (left, right) => left.units >= right.units)],
  ['isIpv4', ofOne('ip', ({ family }) => family === 4)],
  ['isIpv6', ofOne('ip', ({ family }) => family === 6)],
  ['isLoopback', ofOne('ip', isLoopback)],
  ['isMulticast', ofOne('ip', isMulticast)],
  ['isInRange', ofTwo('ip', 'ip', isInRange)],
  ['offset', ofTwo('datetime', 'duration', offset)],
  ['durationSince', ofTwo('datetime', 'datetime', durationSince)],
  ['toDate', ofOne('datetime', toDate)],
  ['toTime', ofOne('datetime', toTime)],
  ['toMilliseconds', ofOne('duration', ({ ms }) => ms)],
  ['toSeconds', ofOne('duration', (it) => inUnits(it, SECOND))],
  ['toMinutes', ofOne('duration', (it) => inUnits(it, MINUTE))],
  ['toHours', ofOne('duration', (it) => inUnits(it, HOUR))],
  ['toDays', ofOne('duration', (it) => inUnits(it, 24n * HOUR))],
])

function ofText(read: (text: string) => Value): Callable {
  return { takes: 1, apply: ([text = '']) => (typeof text === 'string' ? read(text) : wrongType(text, 'string')) }
}

function ofOne<Kind extends keyof Kinds>(kind: Kind, apply: (it: Kinds[Kind]) => Value): Callable {
  return { takes: 1, apply: ([it = false]) => (isOf(it, kind) ? apply(it) : wrongType(it, kind)) }
}

function ofTwo<First extends keyof Kinds, Second extends keyof Kinds>(
  first: First,
  second: Second,
  apply: (left: Kinds[First], right: Kinds[Second]) => Value,
): Callable {
  const applyBoth: Callable['apply'] = ([left = false, right = false]) => {
    if (!isOf(left, first)) return wrongType(left, first)
    return isOf(right, second) ? apply(left, right) : wrongType(right, second)
  }
  return { takes: 2, apply: applyBoth }
}

function isOf<Kind extends keyof Kinds>(value: Value, kind: Kind): value is Kinds[Kind] {
  return typeof value === 'object' && value.kind === kind
}
