import type { Problem } from './problem.ts'

/** What an operation that may be refused answers. Exceptions are for bugs and broken machines. */
export type Result<T> = { readonly ok: true; readonly value: T } | Refused
export type Refused = { readonly ok: false; readonly problem: Problem }

export function done<T>(value: T): { readonly ok: true; readonly value: T } {
  return { ok: true, value }
}

export function refused(problem: Problem): Refused {
  return { ok: false, problem }
}

export function isRefused(value: unknown): value is Refused {
  return typeof value === 'object' && value !== null && 'ok' in value && value.ok === false
}
