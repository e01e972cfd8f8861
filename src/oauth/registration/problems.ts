import { type ProblemTable, problemsOf } from '../../core/index.ts'

export const registrationProblems = {
  REGISTRATION_TOKEN_UNKNOWN: {
    status: 404,
    title: 'No such token',
    detail: 'There is no initial access token with this id in your organization: it was revoked, or is over.',
  },
} as const satisfies ProblemTable

export const refuseRegistration = problemsOf(registrationProblems)
