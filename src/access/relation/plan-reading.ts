import type { Compiled } from './compile-model.ts'
import { couldName, formulaOf, type Graph, type Node } from './graph.ts'
import type { Found, Place, Wanted } from './read-level.ts'
import type { SubjectRef } from './tuple.ts'

/** What to read for some nodes, and what to do with the answer. */
export type Plan = {
  readonly wanted: Omit<Wanted, 'holdings'>
  readonly apply: (found: readonly Found[]) => void
}

type Reading = { readonly node: Node; readonly subjects: SubjectRef[]; readonly parents: Map<string, SubjectRef[]> }
type Want = { readonly place: Place; readonly into: SubjectRef[] }

/**
 * Plans one level: who is named in the relations of the nodes, and in those that they take from.
 *
 * @param subject whom to look for among single subjects; null reads all of them
 */
export function planReading(graph: Graph, nodes: readonly Node[], subject: SubjectRef | null): Plan {
  const readings = withComputed(graph, nodes).map((node): Reading => ({ node, subjects: [], parents: new Map() }))
  const wants = { exact: [] as Want[], usersets: [] as Want[], singles: [] as Want[] }
  for (const reading of readings) want(wants, reading, reading.node.rule.expression, subject)
  const placesOf = (list: readonly Want[]) => list.map(({ place }) => place)
  return {
    wanted: { exact: placesOf(wants.exact), usersets: placesOf(wants.usersets), singles: placesOf(wants.singles) },
    apply: (found) => {
      for (const { arm, n, ...named } of found) if (arm !== 'holdings') wants[arm][n]?.into.push(named)
      for (const { node, ...read } of readings) node.formula = formulaOf(graph, node, node.rule.expression, read)
    },
  }
}

// What a relation takes from others of the same object is read with it, not a level later.
function withComputed(graph: Graph, nodes: readonly Node[]): Node[] {
  const all = new Set(nodes)
  for (const node of all) {
    for (const source of node.rule.sources) {
      const [, relation = ''] = source.by === 'computed' ? source.rule.split('#') : []
      const same = relation === '' ? null : graph.node(node.object, relation)
      if (same !== null && same.formula === null) all.add(same)
    }
  }
  return [...all]
}

type Wants = { readonly exact: Want[]; readonly usersets: Want[]; readonly singles: Want[] }

function want(wants: Wants, reading: Reading, it: Compiled, subject: SubjectRef | null): void {
  const { object, rule } = reading.node
  if (it.is === 'from') {
    if (reading.parents.has(it.tupleset)) return
    const into: SubjectRef[] = []
    reading.parents.set(it.tupleset, into)
    wants.singles.push({ place: { object, relation: it.tupleset }, into })
  } else if (it.is === 'direct') {
    const place = { object, relation: rule.relation }
    const wanted = { place, into: reading.subjects }
    if (subject === null && it.allowed.some(({ relation }) => relation === '')) wants.singles.push(wanted)
    if (subject !== null && it.allowed.some((allowed) => couldName(allowed, subject))) wants.exact.push(wanted)
    if (it.allowed.some(({ relation }) => relation !== '')) wants.usersets.push(wanted)
  } else if (it.is === 'except') {
    want(wants, reading, it.base, subject)
    want(wants, reading, it.except, subject)
  } else if (it.is !== 'computed') {
    for (const part of it.of) want(wants, reading, part, subject)
  }
}
