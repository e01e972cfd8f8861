import type { ProblemTable } from '../../core/index.ts'

export const personProblems = {
  USER_UNKNOWN: { status: 404, title: 'No such person', detail: 'There is nobody with this id here.' },
  EMAIL_TAKEN: {
    status: 409,
    title: 'The address is taken',
    detail: 'Somebody has this mail address already. Use another, or change that person.',
  },
  ROLE_EXCEEDED: {
    status: 403,
    title: 'More than you hold yourself',
    detail: 'Nobody can grant what they do not hold. `errors` names what you lack.',
  },
  USER_OUTRANKS: {
    status: 403,
    title: 'They hold more than you',
    detail: 'Nobody can do this to somebody who holds what they do not hold themselves. Ask an administrator who does.',
  },
  USER_ELSEWHERE: {
    status: 403,
    title: 'An account of another organization',
    detail: 'Its own organization rules over the account. Here only the membership can be changed.',
  },
  LAST_ADMIN: {
    status: 409,
    title: 'The last who can do everything',
    detail: 'Nobody else has the role super_admin and may come in. Give it to somebody else first.',
  },
  REGISTRATION_CLOSED: {
    status: 403,
    title: 'No registration here',
    detail: 'People are made by the administrators of this system. Ask them for an account.',
  },
  INVITATION_NEEDED: {
    status: 403,
    title: 'Only with an invitation',
    detail: 'To register here takes an invitation to the same mail address that still stands. Ask for a new one.',
  },
  PASSWORD_WRONG: {
    status: 403,
    title: 'The present password is wrong',
    detail: 'To set another password takes the present one. If you forgot it, ask for a link to set a new one.',
  },
  PASSWORD_MISSING: {
    status: 409,
    title: 'Nothing to compare with',
    detail: 'The account has no password. Leave `current` out to set the first one.',
  },
} as const satisfies ProblemTable
