import { UsageError } from './usage.ts'

const UNITS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** Reads an option such as `30d`, `12h`, `5m` or `30s`; `0` is nothing. @returns milliseconds */
export function durationOf(name: string, text: string): number {
  if (text === '0') return 0
  const match = /^(\d{1,6})([smhd])$/.exec(text)
  if (match === null) throw new UsageError(`--${name} takes a duration such as 30d, 12h, 5m or 30s, not "${text}"`)
  return Number(match[1]) * (UNITS[match[2] as string] as number)
}
