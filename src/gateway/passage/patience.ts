import { ticks } from './watch.ts'

/** What is waited for, and so what a silence means. */
export type Phase = 'deciding' | 'connecting' | 'waiting' | 'receiving' | 'open' | 'leaving'

/** How long one exchange may be silent in its phase, and how long it may last altogether. */
export class Patience {
  phase: Phase = 'deciding'
  #quiet = 0
  #longestQuiet: number
  #age = 0
  #oldest = Number.POSITIVE_INFINITY

  constructor(milliseconds: number) {
    this.#longestQuiet = ticks(milliseconds)
  }

  /** Begins a phase with a silence of its own. */
  enter(phase: Phase, milliseconds: number): void {
    this.phase = phase
    this.#longestQuiet = ticks(milliseconds)
    this.#quiet = 0
  }

  /** Bounds the whole exchange, from its beginning. */
  bound(milliseconds: number): void {
    this.#oldest = ticks(milliseconds)
  }

  /** The same, from now on. */
  boundFromNow(milliseconds: number): void {
    this.#oldest = this.#age + ticks(milliseconds)
  }

  /** Whether the whole exchange may last longer. */
  isTimeLeft(): boolean {
    return this.#age <= this.#oldest
  }

  /** Something moved. */
  moved(): void {
    this.#quiet = 0
  }

  /** Another tick has passed. Whether that is too much. */
  tick(): boolean {
    this.#quiet++
    this.#age++
    return this.#quiet > this.#longestQuiet || this.#age > this.#oldest
  }
}
