import { isWithin, type TextPattern } from '../../core/index.ts'
import type { LoadedRoute } from './load-routes.ts'
import { addChoice, type Choices, emptyChoices, suits } from './route-choices.ts'
import type { Asked } from './route-table.ts'

/** Routes of one host by the parts of their path. */
export type RouteTree = {
  readonly literals: Map<string, RouteTree>
  /** `{name}` with a pattern, the narrower one first. */
  readonly patterned: { readonly pattern: TextPattern; readonly tree: RouteTree }[]
  /** `{name}` or `*`: any one part. */
  one: RouteTree | null
  /** `**`: this place and all below. */
  rest: Choices | null
  leaf: Choices | null
}

export function emptyTree(): RouteTree {
  return { literals: new Map(), patterned: [], one: null, rest: null, leaf: null }
}

/** Puts a route into its place. @throws Error when another one takes the same requests */
export function insertRoute(root: RouteTree, route: LoadedRoute): void {
  const parts = route.path.slice(1).split('/')
  const endsInRest = parts.at(-1) === '**'
  if (endsInRest) parts.pop()
  let tree = root
  for (const part of parts) tree = below(tree, part, route)
  if (endsInRest) {
    tree.rest ??= emptyChoices()
    addChoice(tree.rest, route)
  } else {
    tree.leaf ??= emptyChoices()
    addChoice(tree.leaf, route)
  }
}

function below(tree: RouteTree, part: string, { patterns }: LoadedRoute): RouteTree {
  const pattern = part.startsWith('{') ? patterns.get(part.slice(1, -1)) : undefined
  if (pattern !== undefined) return belowPattern(tree, pattern)
  if (part === '*' || part.startsWith('{')) {
    tree.one ??= emptyTree()
    return tree.one
  }
  const next = tree.literals.get(part) ?? emptyTree()
  tree.literals.set(part, next)
  return next
}

// Two patterns that match the same texts are one, however they are written.
function belowPattern({ patterned }: RouteTree, pattern: TextPattern): RouteTree {
  const wider = patterned.findIndex((other) => isWithin(pattern, other.pattern))
  const found = patterned[wider]
  if (found !== undefined && isWithin(found.pattern, pattern)) return found.tree
  const tree = emptyTree()
  patterned.splice(wider === -1 ? patterned.length : wider, 0, { pattern, tree })
  return tree
}

/**
 * The narrowest place of a path where there is a route for what is asked; with null for `asked`, where there is one at
 * all. Each place of the tree is looked at once at most.
 */
export function searchTree(root: RouteTree | undefined, path: string, asked: Asked | null): Choices | null {
  return root === undefined ? null : search(root, path, 1, asked)
}

// `start` is the index after the slash that begins the next part.
function search(tree: RouteTree, path: string, start: number, asked: Asked | null): Choices | null {
  const slash = path.indexOf('/', start)
  const end = slash === -1 ? path.length : slash
  // A part is cut out of the path, and its hash computed, only where there is something to look up.
  const literal = tree.literals.size === 0 ? undefined : tree.literals.get(path.slice(start, end))
  let found = literal === undefined ? null : descend(literal, path, slash, asked)
  if (found === null && end > start) found = searchParameters(tree, path, start, slash, asked)
  return found ?? fitting(tree.rest, asked)
}

function searchParameters(
  { patterned, one }: RouteTree,
  path: string,
  start: number,
  slash: number,
  asked: Asked | null,
): Choices | null {
  const part = patterned.length === 0 ? '' : path.slice(start, slash === -1 ? path.length : slash)
  for (let i = 0; i < patterned.length; i++) {
    const { pattern, tree } = patterned[i] as RouteTree['patterned'][number]
    const found = pattern.matches(part) ? descend(tree, path, slash, asked) : null
    if (found !== null) return found
  }
  return one === null ? null : descend(one, path, slash, asked)
}

function descend(tree: RouteTree, path: string, slash: number, asked: Asked | null): Choices | null {
  if (slash !== -1) return search(tree, path, slash + 1, asked)
  return fitting(tree.leaf, asked) ?? fitting(tree.rest, asked)
}

function fitting(choices: Choices | null, asked: Asked | null): Choices | null {
  return choices !== null && suits(choices, asked) ? choices : null
}
