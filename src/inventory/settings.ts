/** What is kept of traffic, and for how long. Times in milliseconds. */
export type InventorySettings = {
  readonly learn: boolean
  /** Declared operations without traffic for so long are zombies. */
  readonly zombieAfter: number
  readonly keep: number
  /** The most paths that are kept, all routes together. */
  readonly maxPaths: number
}
