import type { Model, Rule } from './compile-model.ts'
import { nodeKey } from './graph.ts'
import { ruleKey } from './model.ts'
import type { Found, Holding } from './read-level.ts'
import { EVERYBODY, type ObjectRef, type SubjectRef } from './tuple.ts'

/** A question to the tuples, and the rule that every object found gives. */
export type Step = Holding & { readonly gives: Rule }

/** What a subject has, found from the subject upwards. */
export type Reach = {
  /** What to ask next; empty when everything is known. */
  readonly next: () => readonly Step[]
  /** Takes what was found for the last steps. */
  readonly take: (steps: readonly Step[], found: readonly Found[]) => void
  readonly has: (object: ObjectRef, relation: string) => boolean
  /** Whether nothing is left to ask. */
  readonly done: () => boolean
  readonly size: () => number
  /** The objects that one rule was found for. */
  readonly objectsOf: (rule: string) => readonly ObjectRef[]
}

/**
 * Walks from a subject to all that it has by certain rules. Intersections and exclusions are not looked at, so what is found
 * is exact for plain rules and too much for others.
 *
 * @param rules the keys of the rules that count
 */
export function createReach(model: Model, subject: SubjectRef, rules: ReadonlySet<string>): Reach {
  const uses = usesOf(model, rules)
  const reached = new Map<string, { readonly object: ObjectRef; readonly rule: string }>()
  const open: Step[] = stepsFrom(subject)
  if (subject.relation !== '') add(subject, model.rules.get(ruleKey(subject.type, subject.relation)))

  function stepsFrom(from: SubjectRef): Step[] {
    const own = (uses.named.get(ruleOrType(from)) ?? []).map((rule) => stepOf(from, rule))
    if (from.relation !== '' || from.id === EVERYBODY) return from.id === EVERYBODY ? everybody(from) : own
    return [...own, ...everybody(from)]
  }

  function everybody(from: SubjectRef): Step[] {
    return (uses.named.get(`${from.type}:*`) ?? []).map((rule) => stepOf({ ...from, id: EVERYBODY }, rule))
  }

  function add(object: ObjectRef, rule: Rule | undefined): void {
    if (rule === undefined || !(rules.has(rule.key) || subject.relation !== '')) return
    const key = nodeKey(object, rule.relation)
    if (reached.has(key)) return
    reached.set(key, { object, rule: rule.key })
    open.push(...stepsFrom({ ...object, relation: rule.relation }))
    for (const use of uses.parents.get(rule.key) ?? []) open.push(parentStep(object, use))
    for (const same of uses.computed.get(rule.key) ?? []) add(object, same)
  }

  function take(steps: readonly Step[], found: readonly Found[]): void {
    for (const { n, type, id } of found) add({ type, id }, steps[n]?.gives)
  }

  return {
    next: () => open.splice(0),
    take,
    has: (object, relation) => reached.has(nodeKey(object, relation)),
    done: () => open.length === 0,
    size: () => reached.size,
    objectsOf: (rule) => [...reached.values()].filter((it) => it.rule === rule).map(({ object }) => object),
  }
}

function stepOf(subject: SubjectRef, gives: Rule): Step {
  return { subject, type: gives.type, relation: gives.relation, gives }
}

function parentStep(parent: ObjectRef, { gives, tupleset }: { gives: Rule; tupleset: string }): Step {
  return { subject: { type: parent.type, id: parent.id, relation: '' }, type: gives.type, relation: tupleset, gives }
}

function ruleOrType({ type, relation }: SubjectRef): string {
  return relation === '' ? type : ruleKey(type, relation)
}

type Uses = {
  /** Rules whose `direct` lists name a type, `type#relation` or `type:*`. */
  readonly named: Map<string, Rule[]>
  readonly computed: Map<string, Rule[]>
  readonly parents: Map<string, { gives: Rule; tupleset: string }[]>
}

function usesOf({ rules }: Model, counted: ReadonlySet<string>): Uses {
  const uses: Uses = { named: new Map(), computed: new Map(), parents: new Map() }
  for (const key of counted) {
    const rule = rules.get(key)
    for (const source of rule?.sources ?? []) {
      if (rule === undefined) continue
      if (source.by === 'computed') push(uses.computed, source.rule, rule)
      else if (source.by === 'from') push(uses.parents, source.rule, { gives: rule, tupleset: source.tupleset })
      else push(uses.named, nameOf(source.allowed), rule)
    }
  }
  return uses
}

function nameOf({ type, relation, everybody }: { type: string; relation: string; everybody: boolean }): string {
  return everybody ? `${type}:*` : ruleOrType({ type, id: '', relation })
}

function push<T>(map: Map<string, T[]>, key: string, value: T): void {
  const list = map.get(key)
  if (list === undefined) map.set(key, [value])
  else list.push(value)
}

/** Rules and all that they need, what they exclude included. */
export function rulesUnder(model: Model, keys: Iterable<string>): Set<string> {
  const under = new Set<string>()
  const left = [...keys]
  for (let key = left.pop(); key !== undefined; key = left.pop()) {
    if (under.has(key)) continue
    under.add(key)
    left.push(...(model.rules.get(key)?.needs ?? []))
  }
  return under
}
