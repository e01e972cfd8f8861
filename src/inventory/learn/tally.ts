import { namesOne } from './template.ts'

/** Methods that are counted; every other is refused before a route is looked for. */
export const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'HEAD'] as const

export const PLACES = ['query', 'body'] as const
export type Place = (typeof PLACES)[number]

const MOST_NAMES: Readonly<Record<Place, number>> = { query: 64, body: 128 }
const LONGEST_NAME = 64

/** How often, and when first and last, since it was last written down. */
export type Count = { count: number; firstAt: number; lastAt: number }

/** What was seen of one operation since it was last written down. Names are remembered, values never. */
export type Tally = {
  readonly route: string
  readonly method: string
  readonly path: string
  requests: number
  allowed: number
  /** By the first digit of the status. */
  readonly classes: [number, number, number, number, number, number]
  firstAt: number
  lastAt: number
  allowedAt: number
  readonly query: Map<string, Count>
  readonly body: Map<string, Count>
}

export function newTally(route: string, method: string, path: string): Tally {
  const names = { query: new Map<string, Count>(), body: new Map<string, Count>() }
  const classes: Tally['classes'] = [0, 0, 0, 0, 0, 0]
  return { route, method, path, requests: 0, allowed: 0, classes, firstAt: 0, lastAt: 0, allowedAt: 0, ...names }
}

/** Counts one request. */
export function count(tally: Tally, status: number, allowed: boolean, at: number): void {
  if (tally.requests === 0) tally.firstAt = at
  tally.requests++
  tally.lastAt = at
  const first = status >= 100 && status < 600 ? Math.floor(status / 100) : 0
  tally.classes[first as 0] += 1
  if (!allowed) return
  tally.allowed++
  tally.allowedAt = at
}

/** Takes down a name. What is new when there are too many already is left out, as is what is too long. */
export function noteName(tally: Tally, place: Place, name: string, at: number): void {
  const names = tally[place]
  const known = names.get(name)
  if (known !== undefined) {
    if (known.count === 0) known.firstAt = at
    known.count++
    known.lastAt = at
    return
  }
  if (names.size >= MOST_NAMES[place] || !isName(name)) return
  names.set(name, { count: 1, firstAt: at, lastAt: at })
}

// What is long and opaque is a value that somebody put where a name belongs: a key, perhaps.
function isName(name: string): boolean {
  if (name.length > LONGEST_NAME || !/^[\x21-\x7e]+$/.test(name)) return false
  return name.length < 20 || !name.split(/[^A-Za-z0-9]+/).some((word) => word.length >= 16 && namesOne(word))
}

/** Empties the counts, and keeps what is known. */
export function emptied(tally: Tally): void {
  tally.requests = 0
  tally.allowed = 0
  tally.classes.fill(0)
  tally.allowedAt = 0
  for (const names of [tally.query, tally.body]) for (const known of names.values()) known.count = 0
}

/** Adds what one has counted to another. */
export function addTo(into: Tally, from: Tally): void {
  if (from.requests === 0) return
  into.firstAt = into.requests === 0 ? from.firstAt : Math.min(into.firstAt, from.firstAt)
  into.requests += from.requests
  into.allowed += from.allowed
  for (let i = 0; i < into.classes.length; i++) into.classes[i as 0] += from.classes[i as 0]
  into.lastAt = Math.max(into.lastAt, from.lastAt)
  into.allowedAt = Math.max(into.allowedAt, from.allowedAt)
  for (const place of PLACES) {
    for (const [name, { count: often, firstAt, lastAt }] of from[place]) {
      noteName(into, place, name, lastAt)
      const known = into[place].get(name)
      if (known === undefined) continue
      known.count += often - 1
      known.firstAt = Math.min(known.firstAt, firstAt)
    }
  }
}
