import type { Compiled, Model, Rule } from './compile-model.ts'
import { type Allowed, ruleKey } from './model.ts'
import { EVERYBODY, type ObjectRef, type SubjectRef } from './tuple.ts'

/** What is known of who has a relation: it is decided when the least and the most are the same. */
export type Bounds = { least: boolean; most: boolean }

/** Whether one subject has one relation to one object. */
export type Node = Bounds & {
  readonly rule: Rule
  readonly object: ObjectRef
  /** Null until the tuples are read that it depends on. */
  formula: Formula | null
}

export type Formula =
  | { readonly is: 'known'; readonly value: boolean }
  /** Whoever is in the set. */
  | { readonly is: 'among'; readonly subjects: ReadonlySet<string>; readonly everybodyOf: ReadonlySet<string> }
  | { readonly is: 'node'; readonly node: Node }
  | { readonly is: 'any' | 'all'; readonly of: readonly Formula[] }
  | { readonly is: 'except'; readonly base: Formula; readonly except: Formula }

/** The nodes that a walk met, each once, so that circles end. */
export type Graph = {
  readonly model: Model
  readonly nodes: ReadonlyMap<string, Node>
  /** The node of a relation of an object; null where the model has no such relation. */
  readonly node: (object: ObjectRef, relation: string) => Node | null
}

export function createGraph(model: Model): Graph {
  const nodes = new Map<string, Node>()
  return {
    model,
    nodes,
    node: (object, relation) => {
      const rule = model.rules.get(ruleKey(object.type, relation))
      if (rule === undefined) return null
      const key = nodeKey(object, relation)
      const known = nodes.get(key)
      if (known !== undefined) return known
      const made: Node = { rule, object, formula: null, least: false, most: true }
      nodes.set(key, made)
      return made
    },
  }
}

// No id holds a control character.
export function nodeKey({ type, id }: ObjectRef, relation: string): string {
  return `${type}\n${id}\n${relation}`
}

export function subjectKey(subject: SubjectRef): string {
  return nodeKey(subject, subject.relation)
}

/** The tuples read for one node. */
export type Read = {
  /** The single subjects and usersets that are named in the relation itself. */
  readonly subjects: readonly SubjectRef[]
  /** The objects that each tupleset of it names. */
  readonly parents: ReadonlyMap<string, readonly SubjectRef[]>
}

/**
 * Writes down what a node depends on, now that its tuples are read. What the model does not allow, such as a tuple that is
 * older than it, counts for nothing.
 */
export function formulaOf(graph: Graph, { object }: Node, it: Compiled, read: Read): Formula {
  if (it.is === 'direct') return directFormula(graph, it, read.subjects)
  if (it.is === 'computed') return nodeFormula(graph.node(object, it.relation))
  if (it.is === 'from') return fromFormula(graph, it, read.parents.get(it.tupleset) ?? [])
  if (it.is === 'except') {
    const [base, except] = [it.base, it.except].map((part) => formulaOf(graph, { object } as Node, part, read))
    return { is: 'except', base: base ?? NOBODY, except: except ?? NOBODY }
  }
  return { is: it.is, of: it.of.map((part) => formulaOf(graph, { object } as Node, part, read)) }
}

export const NOBODY: Formula = { is: 'known', value: false }

type Direct = Extract<Compiled, { is: 'direct' }>

function directFormula(graph: Graph, { names }: Direct, subjects: readonly SubjectRef[]): Formula {
  const counted = subjects.filter((subject) => names.has(allowedName(subject)))
  const nodes = counted.filter(({ relation }) => relation !== '').map((it) => graph.node(it, it.relation))
  const among: Formula = {
    is: 'among',
    subjects: new Set(counted.map(subjectKey)),
    everybodyOf: new Set(counted.filter(({ id }) => id === EVERYBODY).map(({ type }) => type)),
  }
  return { is: 'any', of: [among, ...nodes.map(nodeFormula)] }
}

function fromFormula(graph: Graph, it: Extract<Compiled, { is: 'from' }>, parents: readonly SubjectRef[]): Formula {
  const counted = parents.filter(({ type, id }) => it.parents.has(type) && id !== EVERYBODY)
  return { is: 'any', of: counted.map((parent) => nodeFormula(graph.node(parent, it.relation))) }
}

function nodeFormula(node: Node | null): Formula {
  return node === null ? NOBODY : { is: 'node', node }
}

/** How a `direct` list would name this subject. */
export function allowedName({ type, id, relation }: SubjectRef): string {
  if (relation !== '') return ruleKey(type, relation)
  return id === EVERYBODY ? `${type}:*` : type
}

/** Whether an entry of a `direct` list lets tuples name this subject, by itself or as one of everybody. */
export function couldName({ type, relation }: Allowed, subject: SubjectRef): boolean {
  return type === subject.type && relation === subject.relation
}
