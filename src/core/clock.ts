/** Where time comes from. Nothing in Sallyport reads the machine's clock but through one of these, so tests own time. */
export type Clock = {
  /** Milliseconds since the Unix epoch. */
  readonly now: () => number
}

export const systemClock: Clock = Object.freeze({ now: () => Date.now() })
