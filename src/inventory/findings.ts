import type { Route } from '../config/index.ts'
import type { DeclaredOperation, DeclaredRoute } from './declared.ts'
import type { NameRow, PathRow } from './store/tables.ts'

/** What differs between what is declared and what is asked for. */
export type InventoryFinding = {
  /** `shadow`: asked for and not declared; `zombie`: declared and not used; `drift`: a name that the document does not have. */
  readonly kind: 'shadow' | 'zombie' | 'drift'
  /** Null for what no route is about. */
  readonly route: string | null
  readonly method: string
  readonly path: string
  /** Of a drift: where the name stands, and the name. */
  readonly place: 'query' | 'body' | null
  readonly name: string | null
  readonly requests: number
  /** Since when it is seen, or for a zombie declared; and when it was last. Milliseconds. */
  readonly since: number
  readonly lastAt: number | null
}

/** An operation that is declared, seen, or both. */
export type InventoryItem = {
  readonly route: string
  readonly method: string
  readonly path: string
  readonly declared: DeclaredOperation | null
  /** Of its route. */
  readonly settings: Route
  readonly row: PathRow | null
  readonly query: readonly NameRow[]
  readonly body: readonly NameRow[]
}

type Known = { readonly paths: readonly PathRow[]; readonly names: readonly NameRow[] }

/** Everything on declared routes: what they declare joined with what was seen, by route, path and method. */
export function joined(declared: readonly DeclaredRoute[], { paths, names }: Known): readonly InventoryItem[] {
  const rows = new Map(paths.map((row) => [keyOf(row), row]))
  const named = Map.groupBy(names, keyOf)
  const items = declared.flatMap(({ id, path, operations, route }) => {
    const own = new Map(operations.map((operation) => [keyOf(operation), operation]))
    const seen = paths.filter((row) => row.route === id && row.requests > 0 && !isOwn(row, own, path))
    return [
      ...operations.map((operation) => itemOf(operation, operation, rows, named)),
      ...seen.map((row) => itemOf(row, null, rows, named)),
    ].map((item) => ({ ...item, settings: route }))
  })
  return items.sort((a, b) => compare(a.path, b.path) || compare(a.method, b.method) || compare(a.route, b.route))
}

// What a route that takes any method, or all below, was asked for stands for itself; the route's own line is its declaration.
function isOwn(row: PathRow, own: ReadonlyMap<string, DeclaredOperation>, path: string): boolean {
  return own.has(keyOf(row)) || (row.path === path && row.method === '*')
}

type Place = { readonly route: string; readonly method: string; readonly path: string }

function itemOf(
  { route, method, path }: Place,
  declared: DeclaredOperation | null,
  rows: ReadonlyMap<string, PathRow>,
  named: ReadonlyMap<string, readonly NameRow[]>,
): Omit<InventoryItem, 'settings'> {
  const key = keyOf({ route, method, path })
  const names = named.get(key) ?? []
  const of = (place: NameRow['place']) => names.filter((row) => row.place === place)
  return { route, method, path, declared, row: rows.get(key) ?? null, query: of('query'), body: of('body') }
}

/** Everything that differs, most asked for first within each kind. */
export function findingsOf(
  declared: readonly DeclaredRoute[],
  known: Known,
  { now, zombieAfter }: { readonly now: number; readonly zombieAfter: number },
): readonly InventoryFinding[] {
  const items = joined(declared, known)
  const described = new Set(declared.filter((route) => route.described).map(({ id }) => id))
  const before = now - zombieAfter
  return [
    ...strangersOf(declared, known.paths),
    ...items.filter((it) => it.declared === null && described.has(it.route)).map(shadow),
    ...items.filter((it) => isZombie(it, known.paths, before)).map(zombie),
    ...items.flatMap(drifts),
  ].sort(
    (a, b) => order(a) - order(b) || b.requests - a.requests || compare(a.path, b.path) || compare(a.method, b.method),
  )
}

const KINDS = ['shadow', 'drift', 'zombie']
const order = ({ kind }: InventoryFinding) => KINDS.indexOf(kind)

// What is internal, or was declared since, is no shadow.
function strangersOf(declared: readonly DeclaredRoute[], paths: readonly PathRow[]): InventoryFinding[] {
  const ids = new Set(declared.map(({ id }) => id))
  const operations = declared.flatMap((route) => route.operations)
  const strangers = paths.filter(({ route, method, path, requests, allowed }) => {
    if (requests === 0 || allowed > 0) return false
    if (route !== '' && !ids.has(route)) return false
    return route === '' ? !operations.some((it) => covers(it, method, path)) : false
  })
  return strangers.map((row) => ({ ...shadowOf(row), route: null }))
}

function shadow({ row, route }: InventoryItem): InventoryFinding {
  return { ...shadowOf(row as PathRow), route }
}

function shadowOf({ method, path, requests, first_at, last_at }: PathRow) {
  return { kind: 'shadow' as const, method, path, place: null, name: null, requests, since: first_at, lastAt: last_at }
}

// Of a route that stands for many paths any of them will do.
function isZombie(
  { declared, row, route, path, method }: InventoryItem,
  paths: readonly PathRow[],
  before: number,
): boolean {
  if (declared === null || row === null || row.declared_at === null) return false
  const stands = /\*$/.test(path) || method === '*'
  const rows = stands ? paths.filter((it) => it.route === route && (method === '*' || it.method === method)) : [row]
  return rows.every(({ allowed_at }) => (allowed_at ?? 0) < before) && row.first_at < before
}

function zombie({ route, method, path, row }: InventoryItem): InventoryFinding {
  const { requests = 0, first_at = 0, allowed_at = null } = row ?? {}
  return { kind: 'zombie', route, method, path, place: null, name: null, requests, since: first_at, lastAt: allowed_at }
}

function drifts({ route, method, path, declared, query, body }: InventoryItem): InventoryFinding[] {
  if (declared === null) return []
  const stray = [
    ...query.filter(({ name }) => declared.query !== null && !declared.query.has(name)),
    ...body.filter(({ name }) => declared.body !== null && !declared.body.has(name)),
  ]
  return stray.map(({ place, name, requests, first_at, last_at }) => {
    return { kind: 'drift', route, method, path, place, name, requests, since: first_at, lastAt: last_at }
  })
}

function covers({ method, path }: DeclaredOperation, asked: string, template: string): boolean {
  if (method !== '*' && method !== asked) return false
  const parts = path.split('/')
  const given = template.split('/')
  const hasRest = parts.at(-1) === '**'
  const plain = hasRest ? parts.slice(0, -1) : parts
  if (hasRest ? given.length < plain.length : given.length !== plain.length) return false
  return plain.every((part, i) => part === given[i] || part === '*' || part.includes('{'))
}

function keyOf({ route, method, path }: Place): string {
  return `${route} ${method} ${path}`
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
