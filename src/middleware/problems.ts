import { problemsOf } from '../core/index.ts'

export const middlewareProblems = {
  GUARD_UNAVAILABLE: {
    status: 503,
    title: 'Requests cannot be checked',
    detail: 'What guards this application is not open. Try again after the seconds in Retry-After.',
  },
} as const

export const refuseGuard = problemsOf(middlewareProblems)
