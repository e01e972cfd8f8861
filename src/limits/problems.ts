import { problemsOf } from '../core/index.ts'

export const limitProblems = {
  RATE_LIMITED: {
    status: 429,
    title: 'Too many requests',
    detail: 'A rate limit is used up. Wait for the seconds in Retry-After, then send the request again.',
  },
  CONCURRENCY_LIMITED: {
    status: 429,
    title: 'Too many requests at once',
    detail: 'As many requests as allowed are being answered already. Wait for one of them to end, then try again.',
  },
  LIMITS_UNAVAILABLE: {
    status: 503,
    title: 'Limits unavailable',
    detail:
      'What counts the requests of all processes does not answer, and this route lets nobody in without it. Try again later.',
  },
} as const

export const refuseLimit = problemsOf(limitProblems)
