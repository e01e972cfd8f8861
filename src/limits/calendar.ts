const HOUR = 3_600_000
const DAY = 24 * HOUR

/** Windows that begin when the calendar says so, in UTC, and their length in milliseconds; a month's is the mean one. */
export const CALENDAR_WINDOWS = Object.freeze({ hour: HOUR, day: DAY, month: 30.4375 * DAY })
export type CalendarWindow = keyof typeof CALENDAR_WINDOWS

/** The begin of the window that a moment lies in. Milliseconds since the epoch. */
export function windowStart(window: CalendarWindow, at: number): number {
  if (window !== 'month') return at - (at % CALENDAR_WINDOWS[window])
  const date = new Date(at)
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1)
}

/** The end of the window that begins at `start`: the begin of the next one. */
export function windowEnd(window: CalendarWindow, start: number): number {
  if (window !== 'month') return start + CALENDAR_WINDOWS[window]
  const date = new Date(start)
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1)
}
