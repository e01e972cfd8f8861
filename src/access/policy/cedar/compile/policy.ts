import type { Effect, PolicyJson } from '@cedar-policy/cedar-wasm/nodejs'
import type { Cedar } from '../library.ts'
import type { EntityUid, PolicyText } from '../request.ts'
import { compileExpression, type Evaluate, type Expression, type Findings } from './expression.ts'
import { standIn } from './integers.ts'
import { type Fault, fault, isFault } from './value.ts'
import type { World } from './world.ts'

/** What the head of a policy says of the principal, the action or the resource. */
export type Scope = {
  readonly op: 'All' | '==' | 'in' | 'is'
  readonly type: string | null
  readonly entities: readonly EntityUid[]
}

/** A policy as functions. The scope says where it applies, and never fails; the condition may. */
export type CompiledPolicy = {
  readonly id: string
  readonly effect: Effect
  readonly principal: Scope
  readonly action: Scope
  readonly resource: Scope
  readonly holds: (world: World) => boolean | Fault
}

/** Conditions by their JSON: generated policies repeat them, and what is shared stays in the processor's cache. */
export type Conditions = Map<string, CompiledPolicy['holds']>

/** Turns a policy into functions; null where Cedar has no JSON for it. */
export function compilePolicy(
  cedar: Cedar,
  { id, text }: PolicyText,
  found: Omit<Findings, 'integer'>,
  conditions: Conditions,
): CompiledPolicy | null {
  const integers = standIn(text)
  const answer = cedar.policyToJson(integers.text)
  if (answer.type === 'failure') return null
  const { json } = answer
  const unknownInteger = () => {
    found.unknown.add('integer')
    return fault('an integer is not known here')
  }
  const findings = { ...found, integer: (stand: number) => integers.meaning(stand) ?? unknownInteger() }
  const [principal, action, resource] = [scopeOf(json.principal), scopeOf(json.action), scopeOf(json.resource)]
  // Where an integer stands for another, equal texts do not mean the same.
  const known = integers.text === text ? JSON.stringify(json.conditions) : text
  const holds = conditions.get(known) ?? conditionOf(json, findings)
  conditions.set(known, holds)
  return { id, effect: json.effect, principal, action, resource, holds }
}

type ScopeJson = {
  readonly op: Scope['op']
  readonly entity?: EntityUid
  readonly entities?: readonly EntityUid[]
  readonly entity_type?: string
  readonly in?: { readonly entity: EntityUid }
}

function scopeOf(json: PolicyJson['principal'] | PolicyJson['action'] | PolicyJson['resource']): Scope {
  const { op, entity, entities, entity_type: type, in: above } = json as ScopeJson
  const named = above?.entity ?? entity
  return { op, type: type ?? null, entities: entities ?? (named === undefined ? [] : [named]) }
}

function conditionOf({ conditions }: PolicyJson, findings: Findings): CompiledPolicy['holds'] {
  const clauses = conditions.map(({ kind, body }) => {
    const evaluate = compileExpression(body as unknown as Expression, findings)
    return { evaluate, wanted: kind === 'when' }
  })
  const [only, ...more] = clauses
  if (only === undefined) return () => true
  return more.length === 0 ? (world) => check(only, world) : (world) => checkAll(clauses, world)
}

type Clause = { readonly evaluate: Evaluate; readonly wanted: boolean }

function check({ evaluate, wanted }: Clause, world: World): boolean | Fault {
  const value = evaluate(world)
  if (typeof value === 'boolean') return value === wanted
  return isFault(value) ? value : fault('type error: a condition is no bool')
}

function checkAll(clauses: readonly Clause[], world: World): boolean | Fault {
  for (const clause of clauses) {
    const answer = check(clause, world)
    if (answer !== true) return answer
  }
  return true
}
