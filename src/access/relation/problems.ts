import { problemsOf } from '../../core/index.ts'

export const relationProblems = {
  RELATION_MODEL_INVALID: {
    status: 400,
    title: 'The model of relations is wrong',
    detail: 'The model was not taken; `errors` names what is wrong with it. The one before it still holds.',
  },
  RELATION_TUPLES_INVALID: {
    status: 400,
    title: 'A tuple is wrong',
    detail: 'Nothing was written; `errors` names each tuple that is malformed, or that the model does not allow.',
  },
  RELATION_MODEL_MISSING: {
    status: 404,
    title: 'There is no model of relations',
    detail: 'This organization has no model of relations yet. Put one at /v1/relations/model.',
  },
  RELATION_UNKNOWN: {
    status: 404,
    title: 'No such relation',
    detail: 'The model has no such type, or the type has no such relation.',
  },
  RELATION_PRECONDITION_FAILED: {
    status: 409,
    title: 'A precondition does not hold',
    detail: 'Nothing was written: a tuple that must be there is missing, or one is there that must not be.',
  },
  RELATION_TOKEN_UNKNOWN: {
    status: 400,
    title: 'Unknown consistency token',
    detail: 'This token was not handed out to this organization by a write of relations.',
  },
  RELATION_TOKEN_AHEAD: {
    status: 503,
    title: 'The write of this token cannot be seen yet',
    detail: 'The database that answers has not got the write that this token is of. Try again soon.',
  },
  RELATIONS_TOO_DEEP: {
    status: 422,
    title: 'The relations are nested too deep',
    detail: 'An answer needs more than 25 steps from object to subject, so none is given. Flatten groups or folders.',
  },
  RELATIONS_TOO_WIDE: {
    status: 422,
    title: 'The relations are too wide',
    detail: 'An answer needs more than 50,000 tuples at once, so none is given. Ask for less, or name fewer groups.',
  },
} as const

export const refuseRelation = problemsOf(relationProblems)
