import { type Model, type Rule, ruleOf } from './compile-model.ts'
import type { Graph, Node } from './graph.ts'
import { createReach, rulesUnder, type Step } from './reach.ts'
import type { Found } from './read-level.ts'
import type { SubjectRef } from './tuple.ts'

// Somebody in more groups than this is looked for from the other side.
const MOST_GROUPS = 5_000

/** The groups that a subject is in, found from the subject: an organization's tree of groups is narrow on the way up. */
export type Groups = {
  readonly next: () => readonly Step[]
  readonly take: (steps: readonly Step[], found: readonly Found[]) => void
  /** Whether a node is decided by the groups rather than by reading who is in it. */
  readonly decides: (node: Node) => boolean
  /** Writes what is known by now into the nodes. */
  readonly fill: (graph: Graph) => void
}

/** @param asked the nodes that the walk is for: they are read themselves */
export function createGroups(model: Model, asked: readonly Node[], subject: SubjectRef): Groups {
  const own = new Set(asked)
  const gathered = gatheredOf(model)
  const useful = [
    ...rulesUnder(
      model,
      asked.map(({ rule }) => rule.key),
    ),
  ].filter((key) => gathered.has(key))
  const reach = createReach(model, subject, new Set(useful))
  const given = () => reach.size() > MOST_GROUPS
  const decides = (node: Node) => gathered.has(node.rule.key) && !own.has(node) && !given()
  return {
    next: () => (given() ? [] : reach.next()),
    take: reach.take,
    decides,
    fill: ({ nodes }) => {
      for (const node of nodes.values()) {
        if (node.formula !== null || !decides(node)) continue
        if (reach.has(node.object, node.rule.relation)) node.formula = { is: 'known', value: true }
        else if (reach.done()) node.formula = { is: 'known', value: false }
      }
    },
  }
}

const known = new WeakMap<Model, ReadonlySet<string>>()

/** The rules that tuples name as usersets and that are made of tuples and of each other alone. */
function gatheredOf(model: Model): ReadonlySet<string> {
  const before = known.get(model)
  if (before !== undefined) return before
  const rules = [...model.rules.values()]
  const named = rules.flatMap(({ sources }) => sources.filter(({ by }) => by === 'direct').map(ruleOf))
  const groups = named.filter((key) => key !== '' && isGathered(model, key))
  const made = rulesUnder(model, groups)
  known.set(model, made)
  return made
}

function isGathered(model: Model, key: string): boolean {
  return [...rulesUnder(model, [key])].every((it) => {
    const rule: Rule | undefined = model.rules.get(it)
    return rule?.plain === true && rule.sources.every(({ by }) => by !== 'from')
  })
}
