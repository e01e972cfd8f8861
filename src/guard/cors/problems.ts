import { type ProblemTable, problemsOf } from '../../core/index.ts'

export const corsProblems = {
  ORIGIN_REFUSED: {
    status: 403,
    title: 'Not for pages of this origin',
    detail:
      'A page of this origin may not send such a request here: the origin, the method or a header is not allowed.',
  },
} as const satisfies ProblemTable

export const refuseOrigin = problemsOf(corsProblems)
