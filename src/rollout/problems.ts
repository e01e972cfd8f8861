import { type ProblemTable, problemsOf } from '../core/index.ts'

export const rolloutProblems = {
  CONFIGURATION_INVALID: {
    status: 422,
    title: 'The configuration is wrong',
    detail: 'Nothing was changed; `errors` names every mistake, with its place.',
  },
  CONFIGURATION_IN_FILES: {
    status: 409,
    title: 'The configuration comes from files',
    detail:
      'Each process has the gateway’s settings from its own file (`gateway.source: file`), so they are changed there and read with SIGHUP or `gateway.reload: watch`. With `gateway.source: applied` they are changed here.',
  },
  CONFIGURATION_OF_THE_INSTALLATION: {
    status: 403,
    title: 'Not of your organization',
    detail: 'The configuration is one for all organizations; only who runs the installation sees and changes it.',
  },
  CONFIGURATION_VERSION_UNKNOWN: {
    status: 404,
    title: 'No such version',
    detail: 'There is no version of this number, or it is older than those that are kept.',
  },
  ROUTE_UNKNOWN: { status: 404, title: 'No such route', detail: 'The configuration has no route with this id.' },
} as const satisfies ProblemTable

export const refuseRollout = problemsOf(rolloutProblems)
