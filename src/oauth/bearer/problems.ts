import { problemsOf } from '../../core/index.ts'

export const bearerProblems = {
  TOKENS_UNAVAILABLE: {
    status: 503,
    title: 'Tokens cannot be verified now',
    detail: 'The keys of the token’s issuer could not be read. Try again after the seconds in Retry-After.',
  },
} as const

export const refuseBearer = problemsOf(bearerProblems)
