/** One name that was counted: at most `count` times, and at least `count - over` times. */
type Counted = { count: number; over: number }

/**
 * The most frequent of many names in bounded space ("space saving"). As long as there are no more names than places the
 * counts are exact; after that a new name takes the place of the rarest one, and `over` says by how much its count may be
 * too high.
 */
export type Top = {
  /** How many names are kept. */
  readonly places: number
  readonly names: Map<string, Counted>
  /** A name that is not kept was counted at most so often. */
  floor: number
}

/** What is kept of a top: the floor, then name, count and `over` of each name. */
export type TopRecord = readonly (string | number)[]

export function createTop(places: number): Top {
  return { places, names: new Map(), floor: 0 }
}

/** Counts one name. */
export function countIn(top: Top, name: string): void {
  const known = top.names.get(name)
  if (known !== undefined) known.count++
  else if (top.names.size < top.places) top.names.set(name, { count: top.floor + 1, over: top.floor })
  else replaceRarest(top, name)
}

/** Sets a name to a count that is known exactly. */
export function setIn(top: Top, name: string, count: number): void {
  top.names.set(name, { count, over: 0 })
}

// Only a name beyond the places pays for the search, and there are few places.
function replaceRarest(top: Top, name: string): void {
  let rarest = ''
  let least = Number.POSITIVE_INFINITY
  for (const [other, { count }] of top.names) {
    if (count < least) {
      rarest = other
      least = count
    }
  }
  top.names.delete(rarest)
  top.floor = Math.max(top.floor, least)
  top.names.set(name, { count: top.floor + 1, over: top.floor })
}

/** Adds what another one counted. The order of many such additions does not matter for what is promised of the counts. */
export function addTop(to: Top, from: Top): void {
  for (const [name, counted] of to.names) {
    if (from.names.has(name)) continue
    counted.count += from.floor
    counted.over += from.floor
  }
  for (const [name, { count, over }] of from.names) {
    const known = to.names.get(name)
    if (known === undefined) to.names.set(name, { count: count + to.floor, over: over + to.floor })
    else Object.assign(known, { count: known.count + count, over: known.over + over })
  }
  to.floor += from.floor
  keepMost(to)
}

function keepMost(top: Top): void {
  if (top.names.size <= top.places) return
  const ranked = [...top.names].sort(byCount)
  for (const [name, { count }] of ranked.slice(top.places)) {
    top.names.delete(name)
    top.floor = Math.max(top.floor, count)
  }
}

function byCount([nameA, a]: readonly [string, Counted], [nameB, b]: readonly [string, Counted]): number {
  return b.count - a.count || (nameA < nameB ? -1 : 1)
}

/** A name with how often it was certainly counted, and how often more it may have been. */
export type Ranked = { readonly name: string; readonly requests: number; readonly margin: number }

/** The names that were counted most, most first. */
export function ranking(top: Top, most: number): Ranked[] {
  return [...top.names]
    .map(([name, { count, over }]) => ({ name, requests: count - over, margin: over }))
    .sort((a, b) => b.requests - a.requests || (a.name < b.name ? -1 : 1))
    .slice(0, most)
}

export function recordOfTop(top: Top): TopRecord {
  return [top.floor, ...[...top.names].flatMap(([name, { count, over }]) => [name, count, over])]
}

export function topOf(record: TopRecord | undefined, places: number): Top {
  const top = createTop(places)
  if (record === undefined) return top
  top.floor = Number(record[0] ?? 0)
  for (let i = 1; i + 2 < record.length; i += 3) {
    top.names.set(String(record[i]), { count: Number(record[i + 1]), over: Number(record[i + 2]) })
  }
  return top
}
