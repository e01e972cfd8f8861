import type { ProblemTable } from '../../core/index.ts'

export const signInProblems = {
  SIGN_IN_FAILED: {
    status: 401,
    title: 'Sign-in failed',
    detail: 'The address or the password is wrong. If you forgot the password, ask for a link to set a new one.',
  },
  SIGN_IN_ENDED: {
    status: 401,
    title: 'This sign-in is over',
    detail: 'It took too long, was finished, or went on elsewhere. Begin again.',
  },
  SIGN_IN_LIMITED: {
    status: 429,
    title: 'Too many attempts',
    detail: 'There were too many attempts. Wait as long as Retry-After says, or set a new password.',
  },
  PASSWORDS_BUSY: {
    status: 503,
    title: 'Too many sign-ins at once',
    detail: 'So many people sign in at this moment that you would wait too long. Try again in a few seconds.',
  },
  STEP_NOT_NEXT: {
    status: 409,
    title: 'Something else comes next',
    detail: 'This sign-in does not stand where this would come. Ask /v1/auth/resume what comes next.',
  },
  FACTOR_UNAVAILABLE: {
    status: 409,
    title: 'Not a way for you to prove it',
    detail: 'This second factor is not set up for your account. Use one of `methods`.',
  },
  CODE_WRONG: {
    status: 401,
    title: 'The code is wrong',
    detail: 'It may be mistyped, used already or too old. Take the next one.',
  },
} as const satisfies ProblemTable
