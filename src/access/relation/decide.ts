import type { Formula, Graph, Node } from './graph.ts'
import { subjectKey } from './graph.ts'
import type { SubjectRef } from './tuple.ts'

/**
 * Works out for every node of a graph the least and the most that can be true of one subject. What is not read yet may be
 * either. A circle gives nobody anything: the least solution is the one that holds.
 */
export function decide(graph: Graph, subject: SubjectRef): void {
  const asked = askedOf(subject)
  for (const nodes of layersOf(graph)) {
    settle(nodes, 'least', asked)
    settle(nodes, 'most', asked)
  }
}

/** The unread nodes on which what is asked still depends. */
export function openNodes(roots: readonly Node[], subject: SubjectRef): Node[] {
  const asked = askedOf(subject)
  const seen = new Set<Node>(roots)
  const left = [...roots]
  const open: Node[] = []
  for (let node = left.pop(); node !== undefined; node = left.pop()) {
    if (node.least === node.most) continue
    if (node.formula === null) open.push(node)
    else for (const next of undecidedIn(node.formula, asked)) if (!seen.has(next)) left.push(mark(seen, next))
  }
  return open
}

function mark(seen: Set<Node>, node: Node): Node {
  seen.add(node)
  return node
}

function* undecidedIn(formula: Formula, asked: Asked): Generator<Node> {
  if (holds(formula, 'least', asked) === holds(formula, 'most', asked)) return
  if (formula.is === 'node') yield formula.node
  else if (formula.is === 'except') {
    yield* undecidedIn(formula.base, asked)
    yield* undecidedIn(formula.except, asked)
  } else if (formula.is === 'any' || formula.is === 'all') {
    for (const part of formula.of) yield* undecidedIn(part, asked)
  }
}

function askedOf(subject: SubjectRef): Asked {
  return { key: subjectKey(subject), type: subject.relation === '' ? subject.type : '' }
}

type Asked = { readonly key: string; readonly type: string }
type Side = 'least' | 'most'

// Lower layers first: they hold what higher ones exclude. Within one, the nodes met last depend on fewer others.
function layersOf({ nodes }: Graph): Node[][] {
  const layers: Node[][] = []
  for (const node of nodes.values()) {
    const layer = layers[node.rule.layer] ?? []
    layers[node.rule.layer] = layer
    layer.push(node)
  }
  return layers.filter((layer) => layer !== undefined).map((layer) => layer.reverse())
}

function settle(nodes: readonly Node[], side: Side, asked: Asked): void {
  for (const node of nodes) node[side] = side === 'most' && node.formula === null
  for (let changed = true; changed; ) {
    changed = false
    for (const node of nodes) {
      if (node[side] || !(isSelf(node, asked) || isHeld(node.formula, side, asked))) continue
      node[side] = true
      changed = true
    }
  }
}

// Whoever has a relation to an object is the userset of that relation, and so has it.
function isSelf({ object, rule }: Node, { key, type }: Asked): boolean {
  return type === '' && key === subjectKey({ ...object, relation: rule.relation })
}

function isHeld(formula: Formula | null, side: Side, asked: Asked): boolean {
  return formula !== null && holds(formula, side, asked)
}

function holds(formula: Formula, side: Side, asked: Asked): boolean {
  switch (formula.is) {
    case 'known':
      return formula.value
    case 'among':
      return formula.subjects.has(asked.key) || formula.everybodyOf.has(asked.type)
    case 'node':
      return formula.node[side]
    case 'any':
      return formula.of.some((part) => holds(part, side, asked))
    case 'all':
      return formula.of.every((part) => holds(part, side, asked))
    case 'except':
      return holds(formula.base, side, asked) && !holds(formula.except, side === 'least' ? 'most' : 'least', asked)
  }
}
