export type AuditSettings = {
  /** Milliseconds that an access event waits at the most before it is written. */
  readonly flushEvery: number
  /** How many access events may wait. */
  readonly queue: number
  /** Milliseconds between signed checkpoints. */
  readonly checkpointEvery: number
  /** Where checkpoints are appended as well; null for nowhere. */
  readonly checkpointFile: string | null
}
