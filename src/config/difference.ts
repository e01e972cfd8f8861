import { Secret } from '../core/index.ts'
import { type Path, pathText } from './path.ts'

/** A setting that two configurations do not have alike. */
export type Difference = {
  /** `gateway.routes.orders.limits`: entries of lists that have an `id` are named by it. */
  readonly path: string
  readonly is: 'added' | 'removed' | 'changed'
  /** Never what is secret. */
  readonly before?: unknown
  readonly after?: unknown
}

/**
 * Everything in which two configurations differ. Where entries have an `id`, their order says nothing.
 *
 * @example differencesOf(running.gateway, wanted.gateway, ['gateway']) // [{ path: 'gateway.routes.orders.public', is: 'changed', … }]
 */
export function differencesOf(before: unknown, after: unknown, path: Path = []): Difference[] {
  const [old, next] = [partsOf(before), partsOf(after)]
  if (old === null || next === null)
    return same(before, after) ? [] : [{ path: pathText(path), ...told(before, after) }]
  return [...new Set([...old.keys(), ...next.keys()])].flatMap((name) =>
    differencesOf(old.get(name), next.get(name), [...path, name]),
  )
}

// Two lists of which only one has ids are told whole: an empty list has them as well as not.
function partsOf(value: unknown): ReadonlyMap<string, unknown> | null {
  if (Array.isArray(value)) return value.every(hasId) ? new Map(value.map((entry) => [entry.id, entry])) : null
  if (typeof value !== 'object' || value === null || value instanceof Secret) return null
  return new Map(Object.entries(value))
}

function hasId(entry: unknown): entry is { readonly id: string } {
  return typeof entry === 'object' && entry !== null && 'id' in entry && typeof entry.id === 'string'
}

function same(before: unknown, after: unknown): boolean {
  return JSON.stringify(opened(before)) === JSON.stringify(opened(after))
}

// Compared by value, so that a list is the same as another with the same entries.
function opened(value: unknown): unknown {
  return value instanceof Secret ? { secret: value.reveal() } : (value ?? null)
}

function told(before: unknown, after: unknown): Omit<Difference, 'path'> {
  if (before === undefined) return { is: 'added', after: shown(after) }
  if (after === undefined) return { is: 'removed', before: shown(before) }
  return { is: 'changed', before: shown(before), after: shown(after) }
}

function shown(value: unknown): unknown {
  return value instanceof Secret ? String(value) : value
}
