import type { ProblemTable } from '../../core/index.ts'

export const recoveryProblems = {
  RECOVERY_UNKNOWN: {
    status: 404,
    title: 'No such recovery',
    detail: 'There is no recovery with this id under way. It may have been stopped, finished or forgotten.',
  },
  RECOVERY_UNDER_WAY: {
    status: 409,
    title: 'A recovery is under way already',
    detail: 'This person is being recovered. Wait until it may be finished, or stop it first.',
  },
  RECOVERY_TOO_EARLY: {
    status: 409,
    title: 'Too early',
    detail: 'The person still has time to stop this recovery. `Retry-After` says for how many seconds.',
  },
  RECOVERY_FOUR_EYES: {
    status: 403,
    title: 'Somebody else has to finish it',
    detail: 'Who began a recovery does not finish it here. Ask another administrator.',
  },
} as const satisfies ProblemTable
