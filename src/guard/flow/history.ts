import { HALF_LIFE } from './signals.ts'

/** Refusals of late, by who or from where. An old one counts less than a new one. */
export type History = {
  readonly note: (name: string) => void
  readonly of: (name: string) => number
  readonly size: () => number
}

type Level = { readonly count: number; readonly at: number }

/** @param capacity how many names are remembered; who was refused longest ago is forgotten first */
export function createHistory(capacity: number, now: () => number): History {
  const levels = new Map<string, Level>()
  const of = (name: string) => {
    const level = levels.get(name)
    return level === undefined ? 0 : level.count * 0.5 ** (Math.max(0, now() - level.at) / HALF_LIFE)
  }
  return Object.freeze({
    of,
    note: (name: string) => {
      const level = { count: of(name) + 1, at: now() }
      levels.delete(name)
      levels.set(name, level)
      if (levels.size > capacity) levels.delete(levels.keys().next().value as string)
    },
    size: () => levels.size,
  })
}
