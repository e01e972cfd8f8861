import {
  adminStep,
  answerRules,
  bodyRule,
  levelStep,
  type NoteUse,
  ownerStep,
  type PolicyStepDeps,
  type PropertyLists,
  policyStep,
  type Relations,
  relationStep,
} from '../../access/index.ts'
import type { Config, Route } from '../../config/index.ts'
import type { Step } from '../../core/index.ts'
import type { RouteRules } from '../../gateway/index.ts'
import type { Input } from './input-rules.ts'

export type AccessStepsDeps = {
  readonly properties: PropertyLists
  readonly gateway: Pick<Config['gateway'], 'admin'>
  readonly relations: Pick<Relations, 'check'>
  readonly decisions: PolicyStepDeps
  /** Takes down what somebody used of what they hold. */
  readonly note: NoteUse
}

/** The steps of a route about who its callers are, and what they may do with the object that path or query name. */
export function accessStepsOf(route: Route, deps: AccessStepsDeps): Step[] {
  const { level } = route.require
  try {
    return [
      adminStep(deps.gateway.admin, deps.note),
      levelStep(level, deps.note),
      ...objectStepsOf(route, deps),
    ].filter((step) => step !== null)
  } catch (error) {
    throw new Error(`route ${route.id}: ${(error as Error).message}`)
  }
}

function objectStepsOf({ match, require }: Route, { properties, relations, decisions }: AccessStepsDeps) {
  const { owner, relation, policy } = require
  return [
    owner === null ? null : ownerStep(owner, properties.ownerOf(owner.type)?.as ?? null, match.path, properties.note),
    relation === null ? null : relationStep(relation, match.path, relations.check),
    policy === null ? null : policyStep(policy, match.path, decisions),
  ]
}

// Only of the whole answer can be said what of it may be seen.
const FILTER = { name: 'readable properties', whole: true } as const

/** What a route makes of bodies, on either way. */
export function rulesOf({ input, output, require }: Route, properties: PropertyLists, brought: Input): RouteRules {
  const { owner } = require
  const body = [...brought.rules, bodyRule({ properties: input.properties, outside: input.outside, owner }, properties)]
  const { answer, before } = answerRules({ ...output, owner }, properties)
  return {
    body: body.filter((rule) => rule !== null),
    query: brought.query,
    before: before === null ? null : { ...before, ...FILTER },
    // The document is about what the upstream says, whatever is filtered out of it afterwards.
    answer: [...brought.answer, ...(answer === null ? [] : [{ ...answer, ...FILTER }])],
  }
}
