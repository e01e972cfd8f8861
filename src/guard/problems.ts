import { type ProblemTable, problemsOf } from '../core/index.ts'

/** What becomes of a request to an address that somebody else named, when it brings no answer. */
export const guardProblems = {
  OUTBOUND_REFUSED: {
    status: 422,
    title: 'The address must not be reached',
    detail: 'The address leads where this server sends no requests. Give a public https address.',
  },
  OUTBOUND_FAILED: {
    status: 502,
    title: 'The address could not be reached',
    detail: 'The other side did not answer, or not in a form that is taken. Check the address and try again.',
  },
  OUTBOUND_TYPE_WRONG: {
    status: 502,
    title: 'The other side answered something else',
    detail: 'The answer has another content type than the one that was asked for.',
  },
  OUTBOUND_TOO_LARGE: {
    status: 502,
    title: 'The other side answered too much',
    detail: 'The answer is larger than what is taken from others.',
  },
  OUTBOUND_TIMEOUT: {
    status: 504,
    title: 'The other side took too long',
    detail: 'There was no whole answer in time. Try again later.',
  },
  OUTBOUND_BUSY: {
    status: 503,
    title: 'Too many requests to others are under way',
    detail: 'As many requests as may be are waiting for answers of others. Try again later.',
  },
} as const satisfies ProblemTable

export type OutboundCode = keyof typeof guardProblems

export const refuseOutbound = problemsOf(guardProblems)
