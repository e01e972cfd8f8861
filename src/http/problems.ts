import { problemsOf } from '../core/index.ts'

/** What any route of the control plane may answer, whatever it is about. */
export const httpProblems = {
  INPUT_INVALID: {
    status: 400,
    title: 'The input is wrong',
    detail: 'One or more fields are not what this endpoint takes; `errors` names each.',
  },
  JSON_MALFORMED: { status: 400, title: 'Not JSON', detail: 'The body is not well-formed JSON.' },
  CURSOR_INVALID: {
    status: 400,
    title: 'Unknown cursor',
    detail: 'This cursor was not handed out by this list. Start again without one.',
  },
  CREDENTIAL_MISSING: {
    status: 401,
    title: 'Nobody is asking',
    detail: 'Send an API key in `Authorization: Bearer …` or `X-API-Key`.',
  },
  ROUTE_NOT_FOUND: { status: 404, title: 'No such route', detail: 'Nothing is declared at this method and path.' },
  VERSION_STALE: {
    status: 412,
    title: 'Changed meanwhile',
    detail: 'Somebody changed this since you read it. Read it again and repeat your change.',
  },
  BODY_TOO_LARGE: { status: 413, title: 'The body is too large', detail: 'Send less than 1 MB.' },
  CONTENT_TYPE_UNSUPPORTED: {
    status: 415,
    title: 'Not a type this endpoint reads',
    detail: 'Send `Content-Type: application/json`.',
  },
  HEADER_REPEATED: {
    status: 400,
    title: 'A header came twice',
    detail: 'A header that may come once came several times; send it once.',
  },
  PATH_INVALID: {
    status: 400,
    title: 'The path is not plain',
    detail: 'Write the path without dot segments, double slashes, backslashes, `;` or doubled percent-encoding.',
  },
  IDEMPOTENCY_KEY_REUSED: {
    status: 422,
    title: 'This Idempotency-Key was used for something else',
    detail: 'Use a fresh Idempotency-Key for each different request.',
  },
  INTERNAL: { status: 500, title: 'Something broke here', detail: 'It is logged under this request id.' },
  UNAVAILABLE: {
    status: 503,
    title: 'Not available at the moment',
    detail: 'A part that this request needs does not answer. Try again soon.',
  },
} as const

export const refuseHttp = problemsOf(httpProblems)
