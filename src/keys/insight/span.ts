export const MINUTE = 60_000
export const HOUR = 3_600_000
export const DAY = 86_400_000

/** The stretches of time that are kept: how long one is, and for how long it is kept, milliseconds. */
export const SPANS = {
  minute: { length: MINUTE, kept: DAY },
  hour: { length: HOUR, kept: 31 * DAY },
  day: { length: DAY, kept: 731 * DAY },
} as const

export type SpanName = keyof typeof SPANS
export const SPAN_NAMES = Object.keys(SPANS) as readonly SpanName[]

/** The begin of the stretch that a moment lies in, in UTC. */
export function startOf(length: number, at: number): number {
  return at - (at % length)
}
