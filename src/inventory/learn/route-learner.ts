import { pathShape } from '../../config/index.ts'
import type { DeclaredRoute } from '../declared.ts'
import { addTo, METHODS, newTally, type Tally } from './tally.ts'
import { type Branch, createPathTree } from './tree.ts'

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
  const known = matcherOf(operations.flatMap((it) => (it.source === null ? [] : [it.path])))
  const tree = createPathTree()
  /** Where templates are counted that are in no tree: those of a document, and what there is no room for. */
  const apart = new Map<string, Branch>()
  let tallies: Tally[] = []
  let moves: Move[] = []

  function branchOf(template: string): Branch {
    const branch = apart.get(template) ?? { below: new Map(), collapsed: false, template, tallies: null }
    apart.set(template, branch)
    return branch
  }

  function find(asked: string): Branch {
    if (asked === path) return branchOf(path)
    const described = known?.(asked) ?? null
    if (described !== null) return branchOf(described)
    const before = tree.collapses()
    const found = tree.find(asked) ?? branchOf(path)
    if (tree.collapses() !== before) settle()
    return found
  }

  // What was learnt before something collapsed is counted where it belongs now.
  function settle(): void {
    const before = tallies
    tallies = []
    for (const tally of before) {
      const branch = find(tally.path)
      const there = tallyAt(branch, tally.method)
      if (there === tally) tallies.push(tally)
      else {
        addTo(there, tally)
        moves.push({ route: id, method: tally.method, from: tally.path, to: branch.template })
      }
    }
  }

  function tallyAt(branch: Branch, method: string): Tally {
    const slot = METHODS.indexOf(method as (typeof METHODS)[number])
    branch.tallies ??= METHODS.map(() => null)
    const there = branch.tallies[slot] ?? null
    if (there !== null) return there
    if (tallies.length >= MOST_TEMPLATES && branch.template !== path) return tallyAt(branchOf(path), method)
    const tally = newTally(id, method, branch.template)
    branch.tallies[slot] = tally
    tallies.push(tally)
    return tally
  }

  return Object.freeze({
    tallyOf: (method: string, asked: string, isReal: boolean) => {
      const counted = methodOf(method)
      if (counted === null || !isReal || !METHODS.includes(counted as (typeof METHODS)[number])) return null
      return tallyAt(find(asked), counted)
    },
    tallies: () => tallies,
    moves: () => {
      const taken = moves
      moves = []
      return taken
    },
    remember: (_method: string, template: string) => find(template).template,
  })
}

/** Finds which of some templates a path is of. What is written out comes before what any text may stand for. */
function matcherOf(templates: readonly string[]): ((path: string) => string | null) | null {
  if (templates.length === 0) return null
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
