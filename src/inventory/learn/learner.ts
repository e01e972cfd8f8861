import type { EventInput, Request } from '../../core/index.ts'
import type { DeclaredRoute } from '../declared.ts'
import { createRouteLearner, type Move, type RouteLearner } from './route-learner.ts'
import { createStrangers } from './strangers.ts'
import { type Count, count, emptied, noteName, type Tally } from './tally.ts'

/** What of a request is learnt from when it is over. */
export type SeenRequest = Pick<Request, 'query'>
/** How it ended. */
export type SeenEvent = Pick<EventInput, 'type' | 'method' | 'route' | 'resource' | 'status' | 'code'>

/** What was learnt since the last time, ready to be written down. */
export type Learnt = { readonly tallies: readonly Tally[]; readonly moves: readonly Move[] }

export type Learner = {
  /** Learns from a request that is over. In memory, at once. */
  readonly seen: (event: SeenEvent, request: SeenRequest | null) => void
  /** Learns the names at the top of a JSON body that was read anyway. */
  readonly fields: (route: string, request: Pick<Request, 'method' | 'path'>, value: unknown) => void
  readonly drain: () => Learnt
  /** Learns templates of before. @returns which of them are others now */
  readonly remember: (rows: readonly Pick<Tally, 'route' | 'method' | 'path'>[]) => readonly Move[]
  /** Goes on with other routes, and keeps what is known of those that stay. */
  readonly replace: (declared: readonly DeclaredRoute[]) => void
}

const UNDECLARED: ReadonlySet<string | null | undefined> = new Set(['ROUTE_NOT_FOUND', 'METHOD_NOT_ALLOWED'])
const MOST_PARAMETERS = 32
const MOST_FIELDS = 128

/**
 * Learns from requests what there is behind the gateway, in bounded memory. Only what an upstream answered teaches paths and names;
 * what nobody declared is counted where it can push out nothing else.
 */
export function createLearner(declared: readonly DeclaredRoute[], now: () => number): Learner {
  const strangers = createStrangers()
  let routes = learnersOf(declared)
  let left: Tally[] = []

  function seen(event: SeenEvent, request: SeenRequest | null): void {
    const { route = null, method = null, resource = null, type } = event
    if (method === null || resource === null || !COUNTED.has(type)) return
    const status = event.status ?? 0
    if (route === null) {
      if (UNDECLARED.has(event.code)) strangers.note('', method, resource, now())
      return
    }
    if (event.code === 'OPERATION_UNKNOWN') strangers.note(route, method, resource, now())
    const allowed = type === 'request.allowed'
    const tally = routes.get(route)?.tallyOf(method, resource, allowed && status !== 404) ?? null
    if (tally === null) return
    const at = now()
    count(tally, status, allowed, at)
    if (allowed && request !== null && request.query !== '') noteQuery(tally, request.query, at)
  }

  return Object.freeze({
    seen,
    fields: (route: string, { method, path }: Pick<Request, 'method' | 'path'>, value: unknown) => {
      if (typeof value !== 'object' || value === null || Array.isArray(value)) return
      const tally = routes.get(route)?.tallyOf(method, path, true) ?? null
      if (tally === null) return
      const at = now()
      let left = MOST_FIELDS
      for (const name in value) {
        if (left-- === 0) return
        noteName(tally, 'body', name, at)
      }
    },
    drain: () => {
      const moves = [...routes.values()].flatMap((learner) => learner.moves())
      const tallies = [...left, ...strangers.drain()]
      left = []
      for (const learner of routes.values())
        for (const tally of learner.tallies()) if (tally.requests > 0) tallies.push(taken(tally))
      return { tallies, moves }
    },
    remember: (rows: readonly Pick<Tally, 'route' | 'method' | 'path'>[]) => {
      for (const { route, method, path } of rows) routes.get(route)?.remember(method, path)
      return rows.flatMap(({ route, method, path: from }) => {
        const to = routes.get(route)?.remember(method, from) ?? from
        return to === from ? [] : [{ route, method, from, to }]
      })
    },
    replace: (next: readonly DeclaredRoute[]) => {
      left = [...left, ...[...routes.values()].flatMap((learner) => [...learner.tallies()].filter(hasCounted))]
      routes = learnersOf(next)
    },
  })
}

const COUNTED: ReadonlySet<string> = new Set(['request.allowed', 'request.denied', 'request.failed'])

function learnersOf(declared: readonly DeclaredRoute[]): ReadonlyMap<string, RouteLearner> {
  return new Map(declared.map((route) => [route.id, createRouteLearner(route)]))
}

function hasCounted({ requests }: Tally): boolean {
  return requests > 0
}

// A copy of what was counted; the tally itself stays where requests find it.
function taken(tally: Tally): Tally {
  const { classes, query, body } = tally
  const copy = { ...tally, classes: [...classes] as Tally['classes'], query: counted(query), body: counted(body) }
  emptied(tally)
  return copy
}

function counted(names: ReadonlyMap<string, Count>): Map<string, Count> {
  return new Map([...names].filter(([, { count: often }]) => often > 0).map(([name, known]) => [name, { ...known }]))
}

function noteQuery(tally: Tally, query: string, at: number): void {
  let start = 0
  for (let i = 0; i < MOST_PARAMETERS && start <= query.length; i++) {
    const end = query.indexOf('&', start)
    const stop = end === -1 ? query.length : end
    const equals = query.indexOf('=', start)
    const name = query.slice(start, equals === -1 || equals > stop ? stop : equals)
    if (name !== '') noteName(tally, 'query', plain(name), at)
    start = stop + 1
  }
}

function plain(name: string): string {
  if (!name.includes('%') && !name.includes('+')) return name
  try {
    return decodeURIComponent(name.replaceAll('+', ' '))
  } catch {
    return ''
  }
}
