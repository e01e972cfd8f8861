import type { Finding, Principal, Problem, Result } from '../../core/index.ts'
import { done } from '../../core/index.ts'
import type { Properties, Reading } from '../property/properties.ts'
import { type Body, bodyRule, type Ruling } from './bodies.ts'
import { type OwnerRule, ownerProblem } from './owner.ts'
import { type PolicyRule, type PolicyStepDeps, policyQuestion } from './permitted.ts'
import { type Asking, type HasRelation, type ObjectQuestion, type RelationRule, relationQuestion } from './related.ts'

/** What an application asks about objects and their properties, with its own objects in hand. */
export type ObjectRules = {
  /** Why somebody is not let through to what belongs to this owner. @throws RangeError for a type that there is not */
  readonly ownerProblem: (
    type: string,
    principal: Principal,
    owner: string | null,
    otherwise: OwnerRule['otherwise'],
  ) => Problem | undefined
  /** What of a body may be written. @throws RangeError for a type that there is not */
  readonly judgeBody: (
    type: string,
    principal: Principal,
    body: Body,
    how: { readonly theirs: boolean; readonly outside: 'refuse' | 'strip' },
  ) => Ruling
  /** What of a value somebody may see. @throws RangeError for a type that there is not */
  readonly visible: (type: string, principal: Principal, value: unknown, reading: Reading) => Result<unknown>
}

/** The same rules as at the gateway, for an application that has the objects itself. */
export function createObjectRules(properties: Properties): ObjectRules {
  return Object.freeze({
    ownerProblem: (type, principal, owner, otherwise) =>
      ownerProblem(principal, owner, properties.ownerOf(type)?.as ?? null, otherwise, properties.note)?.problem,
    judgeBody: (type, principal, body, { theirs, outside }) => {
      properties.ownerOf(type)
      const rule = bodyRule({ properties: type, outside, owner: null }, properties, theirs)
      if (rule === null) throw new Error('a type of objects made no rule')
      return rule.judge({ principal }, body)
    },
    visible: (type, principal, value, reading) => {
      const found = properties.reader(type, reading)(principal, Buffer.from(JSON.stringify(value) ?? 'null'))
      return found.ok ? done(JSON.parse(found.value.bytes.toString()) as unknown) : found
    },
  } satisfies ObjectRules)
}

/** Why somebody is not let through to the object of an id; null for an id that the request does not name. */
export type ObjectAsk = (asking: Asking, id: string | null) => Promise<Problem | undefined>

/** What an application asks about an object that it knows by its id alone. */
export type ObjectAsks = {
  readonly relation: (rule: Pick<RelationRule, 'relation' | 'type' | 'otherwise'>) => ObjectAsk
  readonly policy: (rule: Pick<PolicyRule, 'action' | 'type' | 'name' | 'otherwise'>) => ObjectAsk
}

/** The same questions as at the gateway, asked in this process. */
export function createObjectAsks(hasRelation: HasRelation, policies: PolicyStepDeps): ObjectAsks {
  return Object.freeze({
    relation: (rule) => askOf(relationQuestion(rule, hasRelation)),
    policy: (rule) => askOf(policyQuestion(rule, policies)),
  } satisfies ObjectAsks)
}

function askOf(question: ObjectQuestion): ObjectAsk {
  return async (asking, id) => problemOf(await question(asking, id, false))
}

function problemOf(finding: Finding): Problem | undefined {
  return finding?.is === 'deny' ? finding.problem : undefined
}
