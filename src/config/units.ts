/** Milliseconds in one of each unit of time. */
export const TIME_UNITS = Object.freeze({ ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 })

/** Bytes in one of each unit of size. */
export const SIZE_UNITS = Object.freeze({ b: 1, kb: 1024, mb: 1024 ** 2, gb: 1024 ** 3 })

/** The words that stand for a whole window of a limit, in milliseconds. Of a month it is the mean length. */
export const WINDOWS = Object.freeze({
  second: 1000,
  minute: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
  month: 2_629_800_000,
})

/** The windows that a calendar has. */
export const CALENDAR_WINDOWS = Object.freeze(['hour', 'day', 'month'] as const)

// Ten digits hold every bound of ours and stay exact as a number when multiplied.
export const DURATION_PATTERN = '^(0|[1-9][0-9]{0,9})(ms|s|m|h|d)$'
export const SIZE_PATTERN = '^(0|[1-9][0-9]{0,9})(b|kb|mb|gb)$'
export const WINDOW_PATTERN = '^(second|minute|hour|day|month|[1-9][0-9]{0,9}(ms|s|m|h|d))$'

const DURATION = new RegExp(DURATION_PATTERN)
const SIZE = new RegExp(SIZE_PATTERN)

/**
 * Reads a duration such as `500ms`, `30s`, `5m`, `24h`, `30d`.
 *
 * @returns milliseconds, or null when the text is not a duration. A number alone is not: nobody sees its unit.
 * @example parseDuration('30s') // 30000
 */
export function parseDuration(text: string): number | null {
  return parseAmount(text, DURATION, TIME_UNITS)
}

/**
 * Reads a size such as `512b`, `1kb`, `1mb`. A kilobyte is 1024 bytes.
 *
 * @returns bytes, or null when the text is not a size
 * @example parseSize('1mb') // 1048576
 */
export function parseSize(text: string): number | null {
  return parseAmount(text, SIZE, SIZE_UNITS)
}

/** Reads the window of a limit: `second`, `minute`, `hour`, `day`, `month`, or a duration. Answers milliseconds or null. */
export function parseWindow(text: string): number | null {
  return Object.hasOwn(WINDOWS, text) ? WINDOWS[text as keyof typeof WINDOWS] : parseDuration(text)
}

function parseAmount(text: string, form: RegExp, units: Readonly<Record<string, number>>): number | null {
  const [, digits, unit] = form.exec(text) ?? []
  const factor = unit === undefined ? undefined : units[unit]
  return factor === undefined ? null : Number(digits) * factor
}
