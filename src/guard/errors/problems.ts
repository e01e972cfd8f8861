import { type ProblemTable, problemsOf } from '../../core/index.ts'

export const answerProblems = {
  UPSTREAM_ERROR: {
    status: 502,
    title: 'The service failed',
    detail: 'The service behind this route answered with an error. Its status is that of this answer; try again later.',
  },
  UPSTREAM_REFUSED: {
    status: 400,
    title: 'The service refused the request',
    detail: 'The service behind this route refused the request. Its status is that of this answer.',
  },
  ANSWER_BLOCKED: {
    status: 502,
    title: 'Answer not let out',
    detail: 'The answer of the service behind this route holds what must not leave, or can not be looked through.',
  },
} as const satisfies ProblemTable

export const refuseAnswer = problemsOf(answerProblems)
