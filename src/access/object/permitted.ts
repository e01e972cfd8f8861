import type { Finding, Problem, Step } from '../../core/index.ts'
import type { Decision } from '../decision/decision.ts'
import type { Properties, Question } from '../decision/question.ts'
import { refuseAccess } from '../problems.ts'
import { nameReader, type Place } from './named.ts'
import type { OwnerRule } from './owner.ts'
import type { Asking, ObjectQuestion } from './related.ts'

/** The question that a route asks: this action on the object that a request names, or on the type as a whole. */
export type PolicyRule = {
  readonly action: string
  readonly type: string
  readonly from: Place['from']
  /** Null asks about the type as a whole. */
  readonly name: string | null
  readonly otherwise: OwnerRule['otherwise']
}

export type PolicyStepDeps = {
  /** What is known of who asks and of what they ask about. */
  readonly questionOf: (
    organization: string,
    asked: {
      readonly subject: { readonly type: string; readonly id: string; readonly properties: Properties }
      readonly action: string
      readonly resource: { readonly type: string; readonly id: string; readonly properties: Properties }
      readonly context: Properties
    },
  ) => Promise<Question>
  readonly check: (organization: string, question: Question) => Decision | Promise<Decision>
  /** The same, not recorded. */
  readonly judge: (organization: string, question: Question) => Decision | Promise<Decision>
  readonly countryOf: (address: string) => string | null
}

/**
 * The step behind `require.policy`: policies, permissions and relations together allow it, and none of them denies.
 *
 * Errors: `DECISION_DENIED`, or `OBJECT_NOT_FOUND` where a route prefers to say so.
 *
 * @param path the route's path
 * @throws RangeError when the path has no such parameter
 */
export function policyStep(rule: PolicyRule, path: string, deps: PolicyStepDeps): Step {
  const { action, type, from, name } = rule
  const read = name === null ? () => null : nameReader({ from, name }, path)
  const ask = policyQuestion(rule, deps)
  return {
    name: `policy ${type}:${action}`,
    stage: 'access',
    apply: (exchange, dry) => ask(exchange, read(exchange), dry),
  }
}

/** What that step asks, wherever the id of the object was found. */
export function policyQuestion(rule: Omit<PolicyRule, 'from'>, deps: PolicyStepDeps): ObjectQuestion {
  const { action, type, name, otherwise } = rule
  const refuse = (reason: string): Finding => ({ is: 'deny', problem: notPermitted(otherwise, reason) })
  return async (asking, id, dry) => {
    const { organization } = asking.principal
    if (organization === null || (name !== null && id === null)) return refuse('names no object')
    const question = await questionAbout(asking, organization, id)
    const decision = await (dry ? deps.judge : deps.check)(organization, question)
    if (decision.allowed) return undefined
    return refuse(decision.decidedBy === null ? 'nothing allows it' : `denied by ${decision.because.join(' ')}`)
  }

  async function questionAbout(asking: Asking, organization: string, id: string | null): Promise<Question> {
    const { kind, id: who, permissions } = asking.principal
    const question = await deps.questionOf(organization, {
      subject: { type: kind, id: who, properties: {} },
      action,
      resource: { type, id: id ?? '', properties: {} },
      context: contextOf(asking, deps.countryOf),
    })
    // A credential may carry less than whoever it belongs to holds.
    const resource = id === null ? { type, id, properties: {} } : question.resource
    return { ...question, resource, principal: { ...question.principal, permissions } }
  }
}

/** What somebody is told whom nothing permits it. */
export function notPermitted(otherwise: PolicyRule['otherwise'], reason: string): Problem {
  return refuseAccess(otherwise === '403' ? 'DECISION_DENIED' : 'OBJECT_NOT_FOUND', { reason })
}

function contextOf({ request, principal }: Asking, countryOf: PolicyStepDeps['countryOf']): Properties {
  const { method, path, client } = request
  const country = countryOf(client.text)
  const { assurance, credential } = principal
  return {
    method,
    path,
    ip: client.text,
    ...(country === null ? {} : { country }),
    ...(assurance === undefined ? {} : { assurance: assurance.acr }),
    ...(credential?.classification === undefined ? {} : { keyClassification: credential.classification }),
    ...(credential?.environment === undefined ? {} : { keyEnvironment: credential.environment }),
  }
}
