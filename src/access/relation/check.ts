import { done, type Result, refused } from '../../core/index.ts'
import type { Model } from './compile-model.ts'
import { type Attempt, boundProblem, type ConsultDeps, type Consulted, consult } from './consult.ts'
import { ruleKey } from './model.ts'
import { refuseRelation } from './problems.ts'
import type { Place, Source } from './read-level.ts'
import type { SubjectRef } from './tuple.ts'
import { walk } from './walk.ts'

export type CheckInput = Place & {
  readonly subject: SubjectRef
  /** The token of a write that the answer must have seen. */
  readonly token: string | null
}

/**
 * Whether a subject has a relation to an object.
 *
 * Errors: `RELATION_MODEL_MISSING`, `RELATION_UNKNOWN`, `RELATION_TOKEN_UNKNOWN`, `RELATION_TOKEN_AHEAD`,
 * `RELATIONS_TOO_DEEP`, `RELATIONS_TOO_WIDE`: what is not known is never an allow.
 */
export function createCheckRelation(deps: ConsultDeps) {
  return (organization: string, { subject, token, ...place }: CheckInput): Promise<Result<Consulted<boolean>>> =>
    consult(deps, organization, token, (source, model) => attempt(source, model, place, subject))
}

async function attempt(source: Source, model: Model, place: Place, subject: SubjectRef): Promise<Attempt<boolean>> {
  if (!hasRelation(model, place) || !knowsSubject(model, subject)) {
    return { value: refused(refuseRelation('RELATION_UNKNOWN')), moment: null, moved: false }
  }
  const { held, bound, ...seen } = await walk(source, model, [place], subject)
  const [allowed = null] = held
  return { ...seen, value: allowed === null ? refused(boundProblem(bound ?? 'rows')) : done(allowed) }
}

export function hasRelation(model: Model, { object, relation }: Place): boolean {
  return model.rules.has(ruleKey(object.type, relation))
}

/** Whether the model has the type of a subject, and the relation where it is a userset. */
export function knowsSubject(model: Model, { type, relation }: SubjectRef): boolean {
  return relation === '' ? model.types.has(type) : model.rules.has(ruleKey(type, relation))
}
