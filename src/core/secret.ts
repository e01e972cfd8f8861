import { inspect } from 'node:util'

const PRINTED = '[secret]'

/**
 * A value that must not be printed. String conversion, JSON, template literals, `console.log` and
 * error serialisers all show `[secret]`; only `reveal()` gives the value, and is easy to search for.
 *
 * @example new Secret('hunter2').reveal()
 */
export class Secret<T = string> {
  readonly #value: T

  constructor(value: T) {
    this.#value = value
  }

  /** The value itself. Call it as late as possible and never store what it returns. */
  reveal(): T {
    return this.#value
  }

  toString(): string {
    return PRINTED
  }

  toJSON(): string {
    return PRINTED
  }

  [inspect.custom](): string {
    return PRINTED
  }
}
