import type { ProblemTable } from '../../core/index.ts'

export const factorProblems = {
  FACTOR_UNKNOWN: {
    status: 404,
    title: 'No such second factor',
    detail: 'You have no second factor with this id, or not any more.',
  },
  FACTORS_TOO_MANY: {
    status: 409,
    title: 'As many as there may be',
    detail: 'You have as many authenticator apps as an account may have. Remove one first.',
  },
  FACTOR_DEMANDED: {
    status: 409,
    title: 'Your organization demands a second factor',
    detail: 'This is the last one that you have. Add another first.',
  },
  ENROLMENT_ENDED: {
    status: 409,
    title: 'Nothing waits for a code',
    detail: 'It took longer than ten minutes, was begun again elsewhere, or was never begun. Begin again.',
  },
  TEXTS_OFF: {
    status: 409,
    title: 'No text messages here',
    detail: 'This system sends no text messages, so a telephone number cannot be confirmed.',
  },
  LINK_ENDED: {
    status: 401,
    title: 'This link does not work',
    detail: 'It was used, is too old, or was copied in part. Ask for a new one.',
  },
  LINK_ELSEWHERE: {
    status: 403,
    title: 'Not the browser that asked for it',
    detail: 'A link to sign in works only in the browser that asked for it. Open it there, or ask for a new one here.',
  },
} as const satisfies ProblemTable
