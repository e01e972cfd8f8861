import { type ProblemTable, problemsOf } from '../../core/index.ts'

export const consentProblems = {
  CONSENT_UNKNOWN: {
    status: 404,
    title: 'No such consent',
    detail: 'You agreed to nothing of this id, or withdrew it already.',
  },
} as const satisfies ProblemTable

export const refuseConsent = problemsOf(consentProblems)
