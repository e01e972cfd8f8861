import { pathShape } from '../../config/index.ts'
import type { DeclaredRoute } from '../declared.ts'
import { addTo, METHODS, newTally, type Tally } from './tally.ts'
import { createPathTree } from './tree.ts'

/** A template that became another one. */
export type Move = { readonly route: string; readonly method: string; readonly from: string; readonly to: string }

/** What is learnt of one route. */
export type RouteLearner = {
  /** Where a request is counted. Null for one that teaches nothing. */
  readonly tallyOf: (method: string, path: string, isReal: boolean) => Tally | null
  /** Every tally there is. */
  readonly tallies: () => Iterable<Tally>
  /** Templates that became others since the last time. */
  readonly moves: () => readonly Move[]
  /** Learns a template that was written down before. @returns what it is now */
  readonly remember: (method: string, template: string) => string
}

const MOST_TEMPLATES = 300

/** Learns the paths of a route: its own where there is one only, those of its document, else what is asked for. */
export function createRouteLearner(declared: DeclaredRoute): RouteLearner {
  const { methods } = declared.route.match
  const takesHead = methods?.some((method) => method === 'HEAD') === true
  const takesOptions = methods?.some((method) => method === 'OPTIONS') === true
  const methodOf = (method: string): string | null => {
    if (method === 'HEAD' && !takesHead) return 'GET'
    return method === 'OPTIONS' && !takesOptions ? null : method
  }
  const constant = constantPath(declared)
  return constant === null ? learning(declared, methodOf) : fixed(declared.id, constant, methodOf)
}

type MethodOf = (method: string) => string | null

// One path for all its requests, unless `**` or a document says otherwise.
function constantPath({ path, described, operations }: DeclaredRoute): string | null {
  if (path.endsWith('/**') || path.endsWith('/*')) return null
  const shape = pathShape(path)
  const alike = operations.every((operation) => pathShape(operation.path) === shape)
  return !described || alike ? (operations[0]?.path ?? path) : null
}

function fixed(id: string, path: string, methodOf: MethodOf): RouteLearner {
  const tallies: (Tally | null)[] = METHODS.map(() => null)
  return Object.freeze({
    tallyOf: (method: string) => {
      const counted = methodOf(method)
      if (counted === null) return null
      const slot = METHODS.indexOf(counted as (typeof METHODS)[number])
      if (slot === -1) return null
      tallies[slot] ??= newTally(id, counted, path)
      return tallies[slot] as Tally
    },
    tallies: () => tallies.filter((tally) => tally !== null),
    moves: () => [],
    remember: (_method: string, template: string) => template,
  })
}

function learning({ id, path, operations }: DeclaredRoute, methodOf: MethodOf): RouteLearner {
  const known = matcherOf(operations.filter(({ source }) => source !== null).map((operation) => operation.path))
  const tree = createPathTree()
  let tallies = new Map<string, Tally>()
  let moves: Move[] = []
  const templateOf = (asked: string) => (asked === path ? path : (known(asked) ?? tree.templateOf(asked) ?? path))

  // What was learnt before something collapsed is counted where it belongs now.
  function settle(): void {
    const before = tallies
    tallies = new Map()
    for (const tally of before.values()) {
      const to = templateOf(tally.path)
      const key = `${tally.method} ${to}`
      const there = tallies.get(key) ?? (to === tally.path ? tally : newTally(id, tally.method, to))
      tallies.set(key, there)
      if (there === tally) continue
      addTo(there, tally)
      moves.push({ route: id, method: tally.method, from: tally.path, to })
    }
  }

  function learn(asked: string): string {
    const before = tree.collapses()
    const template = templateOf(asked)
    if (tree.collapses() !== before) settle()
    return template
  }

  return Object.freeze({
    tallyOf: (method: string, asked: string, isReal: boolean) => {
      const counted = methodOf(method)
      if (counted === null || !isReal) return null
      const template = learn(asked)
      const found = tallies.get(`${counted} ${template}`)
      if (found !== undefined) return found
      const shown = tallies.size < MOST_TEMPLATES ? template : path
      const tally = tallies.get(`${counted} ${shown}`) ?? newTally(id, counted, shown)
      tallies.set(`${counted} ${shown}`, tally)
      return tally
    },
    tallies: () => tallies.values(),
    moves: () => {
      const taken = moves
      moves = []
      return taken
    },
    remember: (_method: string, template: string) => learn(template),
  })
}

/** Finds which of some templates a path is of. What is written out comes before what any text may stand for. */
function matcherOf(templates: readonly string[]): (path: string) => string | null {
  const made = [...new Set(templates)].map((template) => ({ template, parts: template.split('/').map(partOf) }))
  made.sort((a, b) => openParts(a.parts) - openParts(b.parts))
  const byLength = Map.groupBy(made, ({ parts }) => parts.length)
  return (path) => {
    const asked = path.split('/')
    for (const { template, parts } of byLength.get(asked.length) ?? []) {
      if (parts.every((part, i) => fits(part, asked[i] as string))) return template
    }
    return null
  }
}

type Part = string | RegExp | null

function partOf(part: string): Part {
  if (!part.includes('{')) return part
  if (/^\{[^{}]*\}$/.test(part)) return null
  const pieces = part.split(/\{[^{}]*\}/).map((piece) => piece.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'))
  return new RegExp(`^${pieces.slice(0, 3).join('[^/]+')}$`)
}

function openParts(parts: readonly Part[]): number {
  return parts.filter((part) => typeof part !== 'string').length
}

function fits(part: Part, asked: string): boolean {
  if (part === null) return asked !== ''
  return typeof part === 'string' ? part === asked : part.test(asked)
}
