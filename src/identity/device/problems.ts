import type { ProblemTable } from '../../core/index.ts'

export const deviceProblems = {
  DEVICE_UNKNOWN: { status: 404, title: 'No such device', detail: 'There is no device of yours with this id.' },
} as const satisfies ProblemTable
