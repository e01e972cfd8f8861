import { problemsOf, requestProblems } from '../core/index.ts'

/** What every way in may say of a request, whatever stands behind it. */
export const pipelineProblems = {
  ...requestProblems,
  REQUEST_MALFORMED: {
    status: 400,
    title: 'Malformed request',
    detail: 'The request is not well-formed HTTP/1.1. Send it with a standard HTTP client.',
  },
  REQUEST_TARGET_INVALID: {
    status: 400,
    title: 'Request target not accepted',
    detail: 'Only a path that starts with "/" is accepted as the target of a request.',
  },
  REQUEST_HOST_INVALID: {
    status: 400,
    title: 'Host not accepted',
    detail: 'The request needs exactly one Host header with a host name or address.',
  },
  REQUEST_MISDIRECTED: {
    status: 421,
    title: 'Host not served here',
    detail: 'This host is not served on this connection. Open a new connection, to the host that is asked for.',
  },
  CLIENT_CERTIFICATE_INVALID: {
    status: 403,
    title: 'Client certificate not accepted',
    detail: 'The certificate that the client shows is expired, revoked, or nobody here vouches for it.',
  },
  REQUEST_FORWARDED_INVALID: {
    status: 400,
    title: 'Forwarding headers not accepted',
    detail: 'Forwarded and X-Forwarded-For do not name one client. Check how the proxies in front set them.',
  },
  REQUEST_URL_TOO_LONG: {
    status: 414,
    title: 'URL too long',
    detail: 'Path and query together must not be longer than 8192 bytes.',
  },
  REQUEST_HEADERS_TOO_LARGE: {
    status: 431,
    title: 'Headers too large',
    detail: 'At most 100 headers with 16384 bytes together are accepted.',
  },
  /** Written to events only: there is nobody left to answer. */
  CLIENT_CLOSED_REQUEST: {
    status: 499,
    title: 'Client closed the connection',
    detail: 'The client went away before the answer was complete.',
  },
} as const

export const refuseRequest = problemsOf(pipelineProblems)
