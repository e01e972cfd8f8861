import { problemsOf, requestProblems } from '../core/index.ts'

export const gatewayProblems = {
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
  REQUEST_FORWARDED_INVALID: {
    status: 400,
    title: 'Forwarding headers not accepted',
    detail: 'Forwarded and X-Forwarded-For do not name one client. Check how the proxies in front set them.',
  },
  REQUEST_BODY_UNEXPECTED: {
    status: 400,
    title: 'Body not accepted',
    detail: 'A GET or HEAD request must not have a body.',
  },
  REQUEST_TIMEOUT: {
    status: 408,
    title: 'Request took too long',
    detail: 'The request did not arrive completely in time. Send it again.',
  },
  REQUEST_URL_TOO_LONG: {
    status: 414,
    title: 'URL too long',
    detail: 'Path and query together must not be longer than 8192 bytes.',
  },
  EXPECTATION_FAILED: {
    status: 417,
    title: 'Expectation not supported',
    detail: 'The only supported value of Expect is 100-continue.',
  },
  REQUEST_HEADERS_TOO_LARGE: {
    status: 431,
    title: 'Headers too large',
    detail: 'At most 100 headers with 16384 bytes together are accepted.',
  },
  METHOD_NOT_ALLOWED: {
    status: 405,
    title: 'Method not allowed',
    detail: 'The route does not take this method. Allow lists those that it takes.',
  },
  UPGRADE_NOT_SUPPORTED: {
    status: 501,
    title: 'Upgrade not supported',
    detail: 'WebSocket connections are not supported by this gateway.',
  },
  UPSTREAM_UNAVAILABLE: {
    status: 502,
    title: 'Upstream unavailable',
    detail: 'The service behind this route could not be reached, or closed the connection without an answer.',
  },
  UPSTREAM_ANSWER_INVALID: {
    status: 502,
    title: 'Upstream answer not understood',
    detail: 'The service behind this route sent an answer that is not well-formed HTTP.',
  },
  UPSTREAM_BUSY: {
    status: 503,
    title: 'Upstream busy',
    detail: 'Too many requests wait for the service behind this route. Try again after the seconds in Retry-After.',
  },
  DECISION_TIMEOUT: {
    status: 503,
    title: 'Decision took too long',
    detail: 'Something needed to decide on this request did not answer in time. Try again later.',
  },
  UPSTREAM_TIMEOUT: {
    status: 504,
    title: 'Upstream took too long',
    detail: 'The service behind this route did not answer in time.',
  },
  /** Written to events only: there is nobody left to answer. */
  CLIENT_CLOSED_REQUEST: {
    status: 499,
    title: 'Client closed the connection',
    detail: 'The client went away before the answer was complete.',
  },
} as const

export const refuseRequest = problemsOf(gatewayProblems)
