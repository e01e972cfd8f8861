import type { PatternNode } from './text-pattern.ts'

/** Every character outside of ASCII is this one symbol. */
export const OTHER = 128
export const SYMBOLS = 129

const MOST_PLACES = 2048
const MOST_STATES = 256

/**
 * A deterministic machine: from each state and symbol there is one next state. State 0 is where nothing leads out of,
 * state 1 is the beginning.
 */
export type Machine = { readonly next: Uint16Array; readonly ends: Uint8Array }

/** A place in the pattern: what it reads to get to the next one, or where it may go without reading. */
type Place = { readonly reads: Uint8Array | null; readonly leads: number[] }

/** Makes the machine of a pattern, or null where it would become too large. */
export function buildMachine(tree: PatternNode): Machine | null {
  const places: Place[] = []
  const end = addPlace(places, null)
  const start = lay(tree, end, places)
  return start === null ? null : determine(places, start, end)
}

function addPlace(places: Place[], reads: Uint8Array | null, ...leads: number[]): number {
  places.push({ reads, leads })
  return places.length - 1
}

/** Lays a part of the pattern out before the place that comes after it. Null when there are too many places. */
function lay(tree: PatternNode, after: number, places: Place[]): number | null {
  if (places.length > MOST_PLACES) return null
  if (tree.is === 'set') return addPlace(places, tree.of, after)
  if (tree.is === 'row') return layRow(tree.parts, after, places)
  if (tree.is === 'repeat') return layRepeated(tree, after, places)
  const ways = tree.ways.map((way) => lay(way, after, places))
  return ways.includes(null) ? null : addPlace(places, null, ...(ways as number[]))
}

function layRow(parts: readonly PatternNode[], after: number, places: Place[]): number | null {
  return parts.reduceRight<number | null>((next, part) => (next === null ? null : lay(part, next, places)), after)
}

function layRepeated({ of, min, max }: PatternNode & { is: 'repeat' }, after: number, places: Place[]): number | null {
  let start: number | null = max === Number.POSITIVE_INFINITY ? layEndless(of, after, places) : after
  for (let i = min; max !== Number.POSITIVE_INFINITY && i < max && start !== null; i++) {
    const once = lay(of, start, places)
    start = once === null ? null : addPlace(places, null, once, after)
  }
  for (let i = 0; i < min && start !== null; i++) start = lay(of, start, places)
  return start
}

function layEndless(of: PatternNode, after: number, places: Place[]): number | null {
  const fork = addPlace(places, null, after)
  const body = lay(of, fork, places)
  if (body !== null) places[fork]?.leads.push(body)
  return body === null ? null : fork
}

function determine(places: readonly Place[], start: number, end: number): Machine | null {
  const groups: (readonly number[])[] = [[], closure(places, [start])]
  const known = new Map(groups.map((group, i) => [group.join(), i]))
  const rows: Uint16Array[] = []
  for (let state = 0; state < groups.length; state++) {
    if (groups.length > MOST_STATES) return null
    rows.push(rowOf(places, groups[state] as readonly number[], known, groups))
  }
  const next = new Uint16Array(rows.length * SYMBOLS)
  rows.forEach((row, i) => void next.set(row, i * SYMBOLS))
  return { next, ends: Uint8Array.from(groups, (group) => (group.includes(end) ? 1 : 0)) }
}

function rowOf(
  places: readonly Place[],
  group: readonly number[],
  known: Map<string, number>,
  groups: (readonly number[])[],
): Uint16Array {
  const row = new Uint16Array(SYMBOLS)
  const reading = group.map((place) => places[place] as Place).filter(({ reads }) => reads !== null)
  // Most symbols lead to the same few groups: each is worked out once for every set of places that read them.
  const byReaders = new Map<string, number>()
  for (let symbol = 0; symbol < SYMBOLS; symbol++) {
    const readers = reading.filter(({ reads }) => reads?.[symbol] === 1).flatMap(({ leads }) => leads)
    const key = readers.join()
    row[symbol] = byReaders.get(key) ?? stateOf(closure(places, readers), known, groups)
    byReaders.set(key, row[symbol] as number)
  }
  return row
}

function stateOf(group: readonly number[], known: Map<string, number>, groups: (readonly number[])[]): number {
  const key = group.join()
  const state = known.get(key) ?? groups.push(group) - 1
  known.set(key, state)
  return state
}

/** The places that are reached without reading anything, in order. */
function closure(places: readonly Place[], from: readonly number[]): readonly number[] {
  const seen = new Set(from)
  for (const place of seen) {
    const { reads, leads } = places[place] as Place
    if (reads === null) for (const next of leads) seen.add(next)
  }
  return [...seen].sort((a, b) => a - b)
}

/** Whether the machine takes the whole text. */
export function run({ next, ends }: Machine, text: string): boolean {
  let state = 1
  for (let i = 0; i < text.length && state !== 0; i++) {
    const code = text.charCodeAt(i)
    // The first half of a pair is a character together with the second.
    if (code >= 0xd800 && code <= 0xdbff) i++
    state = next[state * SYMBOLS + (code < OTHER ? code : OTHER)] as number
  }
  return ends[state] === 1
}

/** Whether the second machine takes every text that the first one takes. */
export function isSubset(narrow: Machine, wide: Machine): boolean {
  const width = wide.ends.length
  const seen = new Set([width + 1])
  for (const pair of seen) {
    const [a, b] = [Math.floor(pair / width), pair % width]
    if (narrow.ends[a] === 1 && wide.ends[b] === 0) return false
    for (let symbol = 0; symbol < SYMBOLS; symbol++) {
      const [to, beside] = [narrow.next[a * SYMBOLS + symbol] as number, wide.next[b * SYMBOLS + symbol] as number]
      if (to !== 0) seen.add(to * width + beside)
    }
  }
  return true
}
