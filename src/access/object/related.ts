import type { Finding, Principal, Problem, Request, Result, Step } from '../../core/index.ts'
import { nameReader, type Place } from './named.ts'
import { notTheirs, type OwnerRule } from './owner.ts'

/** What a route asks about how its callers are related to its object. */
export type RelationRule = Place & {
  readonly relation: string
  readonly type: string
  readonly otherwise: OwnerRule['otherwise']
}

/** Whether somebody has a relation to an object, from the organization's tuples. */
export type HasRelation = (
  organization: string,
  asked: {
    readonly object: { readonly type: string; readonly id: string }
    readonly relation: string
    readonly subject: { readonly type: string; readonly id: string; readonly relation: '' }
    readonly token: null
  },
) => Promise<Result<{ readonly value: boolean }>>

/** Why somebody is not let through to the object of an id; null for an id that the request does not name. */
export type ObjectQuestion = (asking: Asking, id: string | null, dry: boolean) => Promise<Finding>

/** Who asks, and with what request: an Exchange, or what another process told of one. */
export type Asking = {
  readonly principal: Pick<Principal, 'kind' | 'id' | 'organization' | 'permissions' | 'assurance' | 'credential'>
  readonly request: Pick<Request, 'method' | 'path' | 'client'>
}

/**
 * The step behind `require.relation`: the caller, as `user:ID` or `service:ID`, has the relation to the object that the request
 * names. What cannot be found out is never an allow.
 *
 * Errors: `OBJECT_NOT_FOUND`, or `OBJECT_FORBIDDEN` where a route prefers to say so.
 *
 * @param path the route's path
 * @throws RangeError when the path has no such parameter
 */
export function relationStep(rule: RelationRule, path: string, hasRelation: HasRelation): Step {
  const read = nameReader(rule, path)
  const ask = relationQuestion(rule, hasRelation)
  return {
    name: `relation ${rule.type}#${rule.relation}`,
    stage: 'access',
    apply: (exchange, dry) => ask(exchange, read(exchange), dry),
  }
}

/** What that step asks, wherever the id of the object was found. */
export function relationQuestion(rule: Omit<RelationRule, keyof Place>, hasRelation: HasRelation): ObjectQuestion {
  const { relation, type, otherwise } = rule
  const refuse = (reason: string): Finding => ({ is: 'deny', problem: notTheirs(otherwise, reason) })
  return async ({ principal }, id) => {
    const { kind, id: who, organization } = principal
    if (id === null || organization === null) return refuse('names no object')
    const subject = { type: kind, id: who, relation: '' } as const
    const found = await hasRelation(organization, { object: { type, id }, relation, subject, token: null })
    if (!found.ok) return refuse(reasonOf(found.problem))
    return found.value.value ? undefined : refuse(`not ${relation} of it`)
  }
}

function reasonOf({ code }: Problem): string {
  return `relation not known: ${code}`
}
