import { Secret } from '../core/index.ts'

/** Freezes plain objects and arrays all the way down. */
export function freezeDeeply<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  if (!(value instanceof Secret)) for (const part of Object.values(value)) freezeDeeply(part)
  return Object.freeze(value)
}
