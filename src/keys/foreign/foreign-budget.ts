import { crc32 } from 'node:zlib'
import type { Clock } from '../../core/index.ts'
import { PREFIX_LENGTH } from './foreign.ts'

/** How many comparisons that fail are paid for strangers. */
export type Budget = {
  /** Takes one; false when there is none left for texts that begin like this. */
  readonly take: (text: string) => boolean
  /** Gives it back: the text was a key. */
  readonly giveBack: (text: string) => void
}

const WINDOW_MS = 60_000
const STARTS = 1024
const EACH = 20
const ALL = 240

/**
 * Bounds what strangers can make us compute. Texts share a budget by how they begin, whether a key begins so or not, so
 * that neither guessing at one key holds up the others nor an exhausted budget tells which beginnings exist.
 */
export function createBudget(clock: Clock): Budget {
  const spent = new Uint16Array(STARTS)
  let all = 0
  let until = 0

  function take(text: string): boolean {
    const now = clock.now()
    if (now >= until || until - now > WINDOW_MS) {
      spent.fill(0)
      all = 0
      until = now + WINDOW_MS
    }
    const start = startOf(text)
    if (all >= ALL || (spent[start] ?? 0) >= EACH) return false
    all++
    spent[start] = (spent[start] ?? 0) + 1
    return true
  }

  function giveBack(text: string): void {
    const start = startOf(text)
    all = Math.max(0, all - 1)
    spent[start] = Math.max(0, (spent[start] ?? 0) - 1)
  }

  return Object.freeze({ take, giveBack })
}

function startOf(text: string): number {
  return crc32(text.slice(0, PREFIX_LENGTH.least)) % STARTS
}
