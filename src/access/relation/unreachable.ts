import { type Model, ruleOf } from './compile-model.ts'
import { type Graph, NOBODY } from './graph.ts'
import { ruleKey } from './model.ts'
import type { SubjectRef } from './tuple.ts'

const known = new WeakMap<Model, Map<string, ReadonlySet<string>>>()

/** Decides what the model alone decides: a relation that subjects of this kind can never have needs no reading. */
export function shutUnreachable(graph: Graph, subject: SubjectRef): void {
  const reachable = reachableFor(graph.model, subject)
  for (const node of graph.nodes.values()) {
    if (node.formula === null && !reachable.has(node.rule.key)) node.formula = NOBODY
  }
}

function reachableFor(model: Model, { type, relation }: SubjectRef): ReadonlySet<string> {
  const kind = ruleKey(type, relation)
  const sets = known.get(model) ?? new Map<string, ReadonlySet<string>>()
  known.set(model, sets)
  const set = sets.get(kind) ?? reachableBy(model, type, relation)
  if (sets.size < 1000) sets.set(kind, set)
  return set
}

function reachableBy(model: Model, type: string, relation: string): ReadonlySet<string> {
  const reachable = new Set<string>(relation === '' ? [] : [ruleKey(type, relation)])
  for (let before = -1; before !== reachable.size; ) {
    before = reachable.size
    for (const { key, sources } of model.rules.values()) {
      const reaches = sources.some(
        (it) =>
          reachable.has(ruleOf(it)) ||
          (it.by === 'direct' && it.allowed.type === type && it.allowed.relation === relation),
      )
      if (reaches) reachable.add(key)
    }
  }
  return reachable
}
