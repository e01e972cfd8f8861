import { across } from '../../src/store/index.ts'

/** A system whose parts work for all organizations when a test asks them directly, as they do for a command. */
export function asCommand<T extends object>(part: T): T {
  const made = Object.entries(part).map(([name, value]): [string, unknown] => {
    if (typeof value === 'function') return [name, (...given: unknown[]) => across('a test', () => value(...given))]
    return [name, isPart(value) ? asCommand(value) : value]
  })
  return Object.fromEntries(made) as T
}

// What is made of functions; values with a life of their own are left as they are.
function isPart(value: unknown): value is object {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype
}
