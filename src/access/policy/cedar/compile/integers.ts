import { type Long, longOf } from './long.ts'

/** A text whose integers all survive JSON, and what each stands for. */
export type Integers = { readonly text: string; readonly meaning: (stand: number) => Long | null }

const TOKEN = /"(?:[^"\\]|\\.)*"|\/\/[^\n]*|[A-Za-z_]\w*|\d+/gs
// Stand-ins begin here: exact in JSON, and no policy means them.
const FIRST = 2 ** 52 + 1

/**
 * Cedar's longs have 64 bits, but its JSON comes to us through JavaScript, whose numbers are exact up to 53. So each
 * longer integer of a policy is read under another one that is exact, and put back afterwards.
 */
export function standIn(text: string): Integers {
  const meant = new Map<number, bigint>()
  const changed = text.replace(TOKEN, (token) => {
    if (!/^\d/.test(token) || BigInt(token) < FIRST) return token
    const stand = FIRST + meant.size
    meant.set(stand, BigInt(token))
    return String(stand)
  })
  const meaning = (stand: number) => {
    const value = meant.get(Math.abs(stand)) ?? null
    if (value !== null) return longOf(stand < 0 ? -value : value)
    return Number.isSafeInteger(stand) ? stand : null
  }
  return { text: changed, meaning }
}
