/** A browser that somebody signed in with before, by a cookie of its own. Times are milliseconds. */
export type Device = {
  readonly id: string
  readonly personId: string
  /** Of the person, to know an account before anything is proved. */
  readonly emailKey: string
  readonly label: string
  readonly firstAt: number
  readonly lastAt: number
  readonly lastAddress: string | null
  readonly lastCountry: string | null
  /** Until when it stands for a second factor; null when it does not. */
  readonly trustedUntil: number | null
}
