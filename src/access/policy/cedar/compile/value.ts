import type { Long } from './long.ts'

/** What a policy reckons with. A long is a number where that is exact, and a bigint beyond. */
export type Value = boolean | Long | string | Reference | SetValue | RecordValue | Extension | Fault
export type Reference = { readonly kind: 'entity'; readonly type: string; readonly id: string }
/** The items in any order, and possibly twice; `keys` is made when there is much to compare. */
export type SetValue = { readonly kind: 'set'; readonly items: readonly Value[]; keys: ReadonlySet<string> | null }
export type RecordValue = { readonly kind: 'record'; readonly fields: ReadonlyMap<string, Value> }
export type Decimal = { readonly kind: 'decimal'; readonly units: bigint }
export type IpRange = { readonly kind: 'ip'; readonly family: 4 | 6; readonly bits: bigint; readonly prefix: number }
export type Instant = { readonly kind: 'datetime'; readonly ms: Long }
export type Duration = { readonly kind: 'duration'; readonly ms: Long }
export type Extension = Decimal | IpRange | Instant | Duration
/** A policy that comes upon this could not be evaluated. It goes through every operator as it is. */
export type Fault = { readonly kind: 'fault'; readonly message: string }

/** From here on keys are compared instead of every item with every other. */
const MANY = 8

export function fault(message: string): Fault {
  return { kind: 'fault', message }
}

export function isFault(value: Value): value is Fault {
  return typeof value === 'object' && value.kind === 'fault'
}

export function setOf(items: readonly Value[]): SetValue {
  return { kind: 'set', items, keys: null }
}

/** What was wanted and what came; a fault that came is handed on. */
export function wrongType(value: Value, wanted: string): Fault {
  return isFault(value) ? value : fault(`type error: expected ${wanted}, got ${kindOf(value)}`)
}

function kindOf(value: Value): string {
  if (typeof value === 'object') return value.kind
  return typeof value === 'string' ? 'string' : typeof value === 'boolean' ? 'bool' : 'long'
}

/** Whether two values are the same. Values of different types are not; that is no fault. */
export function isSame(left: Value, right: Value): boolean {
  if (typeof left !== 'object' || typeof right !== 'object') return left === right
  if (left.kind === 'entity') return right.kind === 'entity' && left.id === right.id && left.type === right.type
  return left.kind === right.kind && keyOf(left) === keyOf(right)
}

export function contains(set: SetValue, value: Value): boolean {
  if (set.items.length <= MANY) return set.items.some((item) => isSame(item, value))
  return keysOf(set).has(keyOf(value))
}

export function containsAll(set: SetValue, others: SetValue): boolean {
  return others.items.every((other) => contains(set, other))
}

export function containsAny(set: SetValue, others: SetValue): boolean {
  return others.items.some((other) => contains(set, other))
}

function keysOf(set: SetValue): ReadonlySet<string> {
  set.keys ??= new Set(set.items.map(keyOf))
  return set.keys
}

// One text for each value: strings are quoted, so no two values can share one.
function keyOf(value: Value): string {
  if (typeof value === 'string') return JSON.stringify(value)
  if (typeof value !== 'object') return `${value}`
  switch (value.kind) {
    case 'entity':
      return `E${JSON.stringify(value.type)}${JSON.stringify(value.id)}`
    case 'set':
      return `S[${[...keysOf(value)].sort().join()}]`
    case 'record':
      return `R{${[...value.fields].map(fieldKey).sort().join()}}`
    case 'decimal':
      return `D${value.units}`
    case 'ip':
      return `I${value.family}:${value.bits}/${value.prefix}`
    default:
      return value.kind === 'fault' ? `F${value.message}` : `${value.kind === 'datetime' ? 'T' : 'U'}${value.ms}`
  }
}

function fieldKey([name, value]: readonly [string, Value]): string {
  return `${JSON.stringify(name)}:${keyOf(value)}`
}
