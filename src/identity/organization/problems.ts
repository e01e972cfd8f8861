import type { ProblemTable } from '../../core/index.ts'

export const organizationProblems = {
  ORGANIZATION_UNKNOWN: {
    status: 404,
    title: 'No such organization',
    detail: 'There is no organization with this id that you belong to or rule over.',
  },
} as const satisfies ProblemTable
