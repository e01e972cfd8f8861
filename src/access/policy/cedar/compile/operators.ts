import { add, isLong, type Long, multiply, subtract } from './long.ts'
import {
  contains,
  containsAll,
  containsAny,
  type Duration,
  type Fault,
  fault,
  type Instant,
  isFault,
  isSame,
  type SetValue,
  type Value,
  wrongType,
} from './value.ts'

export type Unary = (value: Value) => Value
export type Binary = (left: Value, right: Value) => Value

/** Operators that look at one value. */
export const UNARY: Readonly<Record<string, Unary>> = {
  '!': (value) => (typeof value === 'boolean' ? !value : wrongType(value, 'bool')),
  neg: (value) => (isLong(value) ? orOverflow(subtract(0, value)) : wrongType(value, 'long')),
  isEmpty: (value) => (isSet(value) ? value.items.length === 0 : wrongType(value, 'set')),
}

/** Operators that look at two values, both of which have been evaluated. */
export const BINARY: Readonly<Record<string, Binary>> = {
  '==': equality((same) => same),
  '!=': equality((same) => !same),
  '<': comparison((left, right) => left < right),
  '<=': comparison((left, right) => left <= right),
  '>': comparison((left, right) => left > right),
  '>=': comparison((left, right) => left >= right),
  '+': arithmetic(add),
  '-': arithmetic(subtract),
  '*': arithmetic(multiply),
  contains: (left, right) => {
    if (!isSet(left)) return wrongType(left, 'set')
    return isFault(right) ? right : contains(left, right)
  },
  containsAll: ofSets(containsAll),
  containsAny: ofSets(containsAny),
}

export function isSet(value: Value): value is SetValue {
  return typeof value === 'object' && value.kind === 'set'
}

function equality(answer: (same: boolean) => boolean): Binary {
  return (left, right) => {
    if (isFault(left)) return left
    return isFault(right) ? right : answer(isSame(left, right))
  }
}

function comparison(compare: (left: Long, right: Long) => boolean): Binary {
  return (left, right) => {
    if (isLong(left) && isLong(right)) return compare(left, right)
    if (!isTimed(left)) return isLong(left) ? wrongType(right, 'long') : wrongType(left, 'long, datetime or duration')
    return isTimed(right) && left.kind === right.kind ? compare(left.ms, right.ms) : wrongType(right, left.kind)
  }
}

function isTimed(value: Value): value is Instant | Duration {
  return typeof value === 'object' && (value.kind === 'datetime' || value.kind === 'duration')
}

function arithmetic(reckon: (left: Long, right: Long) => Long | null): Binary {
  return (left, right) => {
    if (!isLong(left)) return wrongType(left, 'long')
    return isLong(right) ? orOverflow(reckon(left, right)) : wrongType(right, 'long')
  }
}

function orOverflow(value: Long | null): Long | Fault {
  return value ?? fault('integer overflow')
}

function ofSets(answer: (left: SetValue, right: SetValue) => boolean): Binary {
  return (left, right) => {
    if (!isSet(left)) return wrongType(left, 'set')
    return isSet(right) ? answer(left, right) : wrongType(right, 'set')
  }
}
