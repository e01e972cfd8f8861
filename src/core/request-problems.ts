import type { ProblemTable } from './problem.ts'

/** What every door may say of a request before anybody looked at what it wants: one code and one text at all of them. */
export const requestProblems = {
  REQUEST_PATH_INVALID: {
    status: 400,
    title: 'Path not accepted',
    detail:
      'The path could be read in more than one way. Send it without empty or dot segments, backslashes, ";", control characters, and with nothing encoded twice.',
  },
  REQUEST_HEADER_DUPLICATED: {
    status: 400,
    title: 'Header sent twice',
    detail: 'A header that may appear only once was sent more than once.',
  },
  CREDENTIAL_MISSING: {
    status: 401,
    title: 'Authentication required',
    detail: 'The request has no credential. Send an API key in "Authorization: Bearer …" or "X-API-Key".',
  },
  ROUTE_NOT_FOUND: { status: 404, title: 'No such route', detail: 'No route is declared for this path.' },
  REQUEST_BODY_TOO_LARGE: {
    status: 413,
    title: 'Body too large',
    detail: 'The body is larger than this route or this credential may send.',
  },
  INTERNAL_ERROR: {
    status: 500,
    title: 'Internal error',
    detail: 'The request could not be answered. Report the request id to whoever runs this server.',
  },
} as const satisfies ProblemTable
