import type { Algorithm, Meter } from './meter.ts'
import type { Rule } from './rule.ts'

/** A window is counted in this many cells: a minute by the second, an hour by the minute. */
const CELLS = 60
// The oldest cell is only partly inside the window. It is counted whole, which keeps the bound strict.
const COUNTED = CELLS + 1

/**
 * Sliding window over cells of a sixtieth of the window. Strict: in any stretch of `per` milliseconds at most `max`
 * units are admitted. The price is that a unit comes back up to one cell late. Only cells with something in them are
 * remembered, so a key that is seldom seen costs little.
 */
export const slidingWindow: Algorithm = Object.freeze({
  start: (): Meter => ({ level: 0, cells: [], idleAt: 0 }),
  wait: (rule: Rule, meter: Meter, now: number, cost: number) => {
    forget(meter, cellOf(rule, now) - COUNTED)
    const missing = meter.level + cost - rule.max
    return missing <= 0 ? 0 : timeToFree(rule, meter, now, missing)
  },
  take: (rule: Rule, meter: Meter, now: number, cost: number) => {
    const cell = cellOf(rule, now)
    const { cells } = meter
    const last = cells.length - 2
    if (last >= 0 && cells[last] === cell) cells[last + 1] = (cells[last + 1] as number) + cost
    else cells.push(cell, cost)
    meter.level += cost
    meter.idleAt = leavesAt(rule, cell)
  },
  remaining: (rule: Rule, meter: Meter) => Math.max(0, rule.max - meter.level),
  most: (rule: Rule) => rule.max,
})

function cellOf(rule: Rule, now: number): number {
  return Math.floor((now * CELLS) / rule.per)
}

// The first moment at which no window that ends then can contain anything of the cell.
function leavesAt(rule: Rule, cell: number): number {
  return ((cell + COUNTED) * rule.per) / CELLS
}

function forget(meter: Meter, upTo: number): void {
  const { cells } = meter
  let gone = 0
  while (gone < cells.length && (cells[gone] as number) <= upTo) {
    meter.level -= cells[gone + 1] as number
    gone += 2
  }
  if (gone > 0) cells.splice(0, gone)
}

function timeToFree(rule: Rule, { cells }: Meter, now: number, units: number): number {
  let freed = 0
  for (let i = 0; i < cells.length; i += 2) {
    freed += cells[i + 1] as number
    if (freed >= units) return Math.max(1, leavesAt(rule, cells[i] as number) - now)
  }
  return rule.per
}
