import type { Authenticator, EventInput, Step } from '../core/index.ts'
import type { ReadContext } from '../pipeline/index.ts'

/** What the guards of an application stand on, once it is open. */
export type Ground = {
  readonly authenticator: Authenticator
  /** Networks whose forwarding headers are believed, and what a credential looks like. */
  readonly reading: ReadContext
  /** The one place that every finished request goes to. */
  readonly record: (event: EventInput) => void
  /** Told of exceptions: bugs and broken machines. */
  readonly crashed: (error: unknown, requestId: string) => void
  readonly now: () => number
}

/** How often something may happen, as an application says it. */
export type RateLimit = {
  /** What is counted: each API key, each client address, or everything that passes this guard. */
  readonly by: 'key' | 'address' | 'route'
  /** How many requests are let through in a window. */
  readonly max: number
  /** The window: a word, or milliseconds. */
  readonly per: 'second' | 'minute' | 'hour' | 'day' | number
  /** How many may come at once. As many as `max` unless said otherwise. */
  readonly burst?: number
  /**
   * Guards of one name count together, on Redis those of all processes. A guard without a name counts by itself, in this
   * process.
   */
  readonly name?: string
}

/** What an application's guards are made of. Whoever composes it hands it in. */
export type Engine = {
  /** A plain value once it is open. Rejects when it could not be opened, or was closed. */
  readonly ground: () => Ground | Promise<Ground>
  /** @throws for a scope or permission that is none */
  readonly requireStep: (needs: { scopes: readonly string[]; permissions: readonly string[] }) => Step
  /** @throws for a limit that could not be enforced as it reads */
  readonly limitStep: (limit: RateLimit, name: string) => Step
  /** Resolves when it is open. */
  readonly ready: () => Promise<void>
  readonly close: () => Promise<void>
}
