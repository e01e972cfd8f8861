import { isRefused } from '../../core/index.ts'
import type { Answer, Question } from '../decision/question.ts'
import type { createCheckRelation } from './check.ts'
import type { Model } from './compile-model.ts'
import { isName, ruleKey } from './model.ts'
import type { Models } from './models.ts'
import { idFault, objectText } from './tuple.ts'

const NONE: Answer = Object.freeze({ outcome: 'none', because: Object.freeze([]) })

/**
 * What relations say to a question: where the model has the type of the resource and a relation called like the action, or
 * `can_` and the action, whether the principal has it. At once where the model alone decides.
 */
export function createAnswerQuestion(deps: { models: Models; check: ReturnType<typeof createCheckRelation> }) {
  const { models, check } = deps

  return (organization: string, question: Question): Answer | Promise<Answer> => {
    if (!isAskable(question)) return NONE
    const model = models.known(organization)
    if (model === undefined) return models.find(organization).then((found) => asked(organization, question, found))
    return asked(organization, question, model)
  }

  function asked(organization: string, question: Question, model: Model | null): Answer | Promise<Answer> {
    const relation = model === null ? null : relationFor(model, question)
    return relation === null ? NONE : checked(organization, question, relation)
  }

  async function checked(organization: string, { principal, resource }: Question, relation: string): Promise<Answer> {
    const object = { type: resource.type, id: resource.id ?? '' }
    const subject = { type: principal.type, id: principal.id, relation: '' }
    const found = await check(organization, { object, relation, subject, token: null })
    // What could not be decided says nothing, which is no allow.
    if (isRefused(found) || !found.value.value) return NONE
    return { outcome: 'allow', because: [`${objectText(object)}#${relation}@${objectText(subject)}`] }
  }
}

// An id that could not be in a tuple is in none; `*` would stand for everybody.
function isAskable({ principal, resource }: Question): boolean {
  if (resource.id === null || !isName(principal.type)) return false
  return idFault(resource.id) === null && idFault(principal.id) === null
}

function relationFor(model: Model, { action, resource }: Question): string | null {
  return [action, `can_${action}`].find((name) => model.rules.has(ruleKey(resource.type, name))) ?? null
}
