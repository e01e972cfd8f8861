import { type ProblemTable, problemsOf } from '../../core/index.ts'

export const clientProblems = {
  CLIENT_UNKNOWN: {
    status: 404,
    title: 'No such client',
    detail: 'There is no client with this id in your organization.',
  },
  CLIENT_GRANT_EXCEEDED: {
    status: 403,
    title: 'More than you hold yourself',
    detail:
      'Nobody gives a client what they do not hold, or gets hold of a client that holds more than they do; `errors` names what you lack.',
  },
  CLIENT_SECRETS_FULL: {
    status: 409,
    title: 'Two secrets already',
    detail: 'A client has at most two secrets that are valid at once. Revoke one, or wait until one has expired.',
  },
  CLIENT_SECRET_UNKNOWN: {
    status: 404,
    title: 'No such secret',
    detail: 'This client has no secret with this id, or it was revoked.',
  },
  CLIENT_SECRET_UNUSED: {
    status: 409,
    title: 'This client has no secrets',
    detail: 'It is public, or proves itself by a key or a certificate. Change its `authentication` first.',
  },
} as const satisfies ProblemTable

export const refuseClient = problemsOf(clientProblems)
