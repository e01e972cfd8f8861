/** How administrators help somebody who lost every second factor. Milliseconds. */
export type RecoverySettings = {
  /** Between its beginning and its end: the time in which the person can stop it. */
  readonly wait: number
  /** Whether somebody else than who began it has to finish it. */
  readonly fourEyes: boolean
}

/** A recovery under way, or one that ended. Times are milliseconds. */
export type Recovery = {
  readonly id: string
  readonly personId: string
  readonly organization: string
  readonly reason: string
  readonly createdAt: number
  readonly createdBy: string
  /** When it may be finished. */
  readonly readyAt: number
  /** When it is over by itself. */
  readonly expiresAt: number
  readonly endedAt: number | null
}
