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
} as const satisfies ProblemTable
