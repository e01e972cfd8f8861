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
