import { pathShape, routePathFault } from '../../config/index.ts'
import type { JsonObject } from '../../guard/index.ts'
import { createIds } from './ids.ts'
import { type ImportedOperation, nameOf, operationsIn } from './operations.ts'
import { pathPatterns } from './patterns.ts'
import { type Kind, type Security, securityOf } from './security.ts'

export type PlanSettings = {
  /** The upstream of every route, and the document that each points to, by their names. */
  readonly upstream: string
  readonly document: string
  /** What stands before the paths of the document, or null. */
  readonly base: string | null
  /** What credentials schemes of the document are, where that is said. */
  readonly schemes: ReadonlyMap<string, readonly Kind[]>
  /** What is taken where the document says nothing of credentials. Empty leaves that open. */
  readonly authenticate: readonly Kind[]
  /** Whether what the document declares open for everybody becomes public. */
  readonly publicWhereDeclared: boolean
  /** How many requests each caller, or each address on public routes, has in a window. */
  readonly limit: { readonly max: number; readonly per: string }
  /** The day since when deprecated operations are, as `2026-01-31`. */
  readonly today: string
  /** Ids of routes that there are already. */
  readonly taken: readonly string[]
}

/** A route as a configuration writes it. */
export type PlannedRoute = {
  readonly id: string
  readonly match: { readonly path: string; readonly methods: readonly [string]; readonly parameters?: Patterns }
  readonly [setting: string]: unknown
}
type Patterns = Readonly<Record<string, string>>

/** An operation that no route was made for, and why. */
export type Unmapped = { readonly operation: string; readonly reason: string }

export type Plan = {
  readonly routes: readonly PlannedRoute[]
  readonly unmapped: readonly Unmapped[]
  /** Operations of which somebody has to say who may call them. */
  readonly undecided: readonly { readonly operation: string; readonly declared: boolean }[]
  /** What is otherwise than the document says. */
  readonly notes: readonly string[]
}

/**
 * Makes routes of an OpenAPI document: one for each operation, which asks for what the document asks for, holds requests to
 * the document and has a limit. Nothing is made public that was not said to be.
 *
 * @example planRoutes(read.value.root, settings) // { routes: [{ id: 'listPets', … }], unmapped: [], … }
 */
export function planRoutes(root: JsonObject, settings: PlanSettings): Plan {
  const security = securityOf(root, settings.schemes)
  const idFor = createIds(settings.taken)
  const found = operationsIn(root).map((it) => ({ ...it, full: fullPath(it.path, settings.base) }))
  const patterns = sharedPatterns(root, found)
  const taken = new Map<string, string>()
  const unmapped: Unmapped[] = []
  const undecided: { operation: string; declared: boolean }[] = []
  const notes = new Set<string>()
  const routes = found.flatMap((it) => {
    const asks = decided(security(it.operation), settings)
    const reason = faultOf(it, taken) ?? (asks.is === 'unmapped' ? asks.reason : null)
    if (reason !== null || asks.is === 'unmapped') {
      unmapped.push({ operation: nameOf(it), reason: reason ?? '' })
      return []
    }
    if (asks.is === 'silent' || (asks.is === 'public' && !settings.publicWhereDeclared)) {
      undecided.push({ operation: nameOf(it), declared: asks.is === 'public' })
      return []
    }
    if (asks.is === 'asks') for (const note of asks.notes) notes.add(note)
    taken.set(`${it.method} ${pathShape(it.full)}`, nameOf(it))
    const id = idFor(it.operation.operationId, it.method, it.full)
    return [routeOf(id, it, patterns.get(pathShape(it.full)) ?? [], asks, settings)]
  })
  return { routes, unmapped, undecided, notes: [...notes] }
}

type Found = ImportedOperation & { readonly full: string }

function decided(asks: Security, { authenticate }: PlanSettings): Security {
  if (asks.is !== 'silent' || authenticate.length === 0) return asks
  return { is: 'asks', kinds: authenticate, scopes: [], notes: [] }
}

// Names in routes are narrower than those in documents. What a parameter is called is told to nobody.
function fullPath(path: string, base: string | null): string {
  const parts = path.split('/').map((part, i) => {
    const name = /^\{([^{}]+)\}$/.exec(part)?.[1]
    if (name === undefined) return part
    const plain = name.replaceAll(/[^A-Za-z0-9_]/g, '_').slice(0, 32)
    return `{${/^[A-Za-z]/.test(plain) ? plain : `p${i}`}}`
  })
  return (base ?? '') + parts.join('/')
}

function faultOf(it: Found, taken: ReadonlyMap<string, string>): string | null {
  if (it.method === 'TRACE') return 'TRACE is passed on for nobody'
  const wrong = routePathFault(it.full)
  if (wrong !== null) return `its path ${wrong}`
  const before = taken.get(`${it.method} ${pathShape(it.full)}`)
  return before === undefined ? null : `takes the same requests as ${before}`
}

// On one path every method must look at a parameter alike: a route with a pattern would hide the others.
function sharedPatterns(root: JsonObject, found: readonly Found[]): ReadonlyMap<string, readonly (string | null)[]> {
  const byShape = new Map<string, (string | null)[]>()
  for (const it of found) {
    const named = pathPatterns(root, it.item, it.operation)
    const own = it.path.split('/').map((part) => named.get(part.slice(1, -1)) ?? null)
    const before = byShape.get(pathShape(it.full))
    const skipped = it.full.split('/').length - own.length
    const all = [...Array<null>(skipped).fill(null), ...own]
    byShape.set(pathShape(it.full), before === undefined ? all : before.map((one, i) => (one === all[i] ? one : null)))
  }
  return byShape
}

const MOST_PATTERNS = 16

function routeOf(
  id: string,
  { method, full, operation }: Found,
  patterns: readonly (string | null)[],
  asks: Security,
  { upstream, document, base, limit, today }: PlanSettings,
): PlannedRoute {
  const named = full.split('/').flatMap((part, i) => {
    const pattern = patterns[i] ?? null
    return pattern === null || !part.startsWith('{') ? [] : [[part.slice(1, -1), pattern] as const]
  })
  const parameters = named.length === 0 ? {} : { parameters: Object.fromEntries(named.slice(0, MOST_PATTERNS)) }
  return {
    id,
    match: { path: full, methods: [method], ...parameters },
    upstream,
    ...whoOf(asks),
    limits: [{ by: asks.is === 'asks' ? 'principal' : 'address', ...limit }],
    input: { openapi: { document, ...(base === null ? {} : { base }) } },
    ...(operation.deprecated === true ? { lifecycle: { state: 'deprecated', deprecatedAt: today } } : {}),
  }
}

function whoOf(asks: Security): Readonly<Record<string, unknown>> {
  if (asks.is !== 'asks') return { public: true }
  const { kinds, scopes } = asks
  return { authenticate: kinds, require: scopes.length === 0 ? { level: 'known' } : { scopes } }
}
