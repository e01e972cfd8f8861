import type { ProblemTable } from '../../core/index.ts'

export const sessionProblems = {
  SESSION_ENDED: { status: 401, title: 'Signed out', detail: 'This session is over. Sign in again.' },
  SESSION_UNKNOWN: {
    status: 404,
    title: 'No such session',
    detail: 'There is no session with this id, or not any more.',
  },
  SESSION_REQUIRED: {
    status: 403,
    title: 'For people who are signed in',
    detail: 'This is done by a person in a session of their own, not by a key.',
  },
  STEP_UP_REQUIRED: {
    status: 401,
    title: 'Prove again who you are',
    detail:
      'This is sensitive, and you last proved who you are too long ago, or with less than you could. Do it at /v1/account/step-up, then repeat this.',
  },
  IMPERSONATION_FORBIDDEN: {
    status: 403,
    title: 'Not in the name of somebody else',
    detail: 'Only the person themselves can do this, not who acts in their name.',
  },
  IMPERSONATION_UNKNOWN: {
    status: 409,
    title: 'Nobody acts in your name',
    detail: 'This session is a person’s own; there is nothing to end but the session itself.',
  },
  SESSIONS_UNAVAILABLE: {
    status: 503,
    title: 'Sessions cannot be looked up at the moment',
    detail: 'A part that this request needs does not answer. Try again soon.',
  },
  ORIGIN_REFUSED: {
    status: 403,
    title: 'Not from this origin',
    detail:
      'A request that changes something for a signed-in person must come from one of our own pages: send `Origin` with the address of this system.',
  },
} as const satisfies ProblemTable
