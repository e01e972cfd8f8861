import { CALENDAR_WINDOWS, type CalendarWindow } from './calendar.ts'
import { assertRule, type Rule } from './rule.ts'

/** How often something may happen, as it is declared. */
export type DeclaredRate = {
  readonly max: number
  /** Milliseconds. */
  readonly per: number
  readonly burst: number | null
  /** A quota counts from the begin of each hour, day or month to its end; `per` is then the length of one of them. */
  readonly kind?: 'rate' | 'quota' | null
}

/** A rate with what callers are told that it counts. */
export type NamedRate = DeclaredRate & { readonly what: string }

/**
 * Makes rules of rates that hold together. Two of one kind and window differ by their place in the list, so that each
 * counts for itself.
 *
 * @throws RangeError for one that could not be enforced as it reads
 */
export function rulesOf(rates: readonly NamedRate[]): readonly Rule[] {
  const names = rates.map(nameOf)
  return rates.map((rate, i) => {
    const plain = names[i] as string
    const name = names.indexOf(plain) < i ? `${plain}-${i + 1}` : plain
    const { max, per, burst } = rate
    const calendar = calendarOf(rate)
    const rule = Object.freeze({ name, max, per, burst, ...(calendar === null ? {} : { calendar }) })
    assertRule(rule)
    return rule
  })
}

// A month has no fixed length, so only the calendar can say when it is over.
function calendarOf({ per, kind }: DeclaredRate): CalendarWindow | null {
  if (kind !== 'quota' && per !== CALENDAR_WINDOWS.month) return null
  const found = Object.entries(CALENDAR_WINDOWS).find(([, length]) => length === per)
  if (found === undefined || kind === 'rate') throw new RangeError('a quota is per hour, day or month')
  return found[0] as CalendarWindow
}

function nameOf(rate: NamedRate): string {
  const { what, per } = rate
  const calendar = calendarOf(rate)
  if (calendar !== null) return `${what}-${calendar}`
  return per % 1000 === 0 ? `${what}-${per / 1000}s` : `${what}-${per}ms`
}
