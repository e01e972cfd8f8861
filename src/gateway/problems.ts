import { problemsOf } from '../core/index.ts'
import { pipelineProblems } from '../pipeline/index.ts'

export const gatewayProblems = {
  ...pipelineProblems,
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
  EXPECTATION_FAILED: {
    status: 417,
    title: 'Expectation not supported',
    detail: 'The only supported value of Expect is 100-continue.',
  },
  CLIENT_CERTIFICATE_MISSING: {
    status: 403,
    title: 'Client certificate missing',
    detail: 'This route is only for clients that show a certificate when they connect.',
  },
  METHOD_NOT_ALLOWED: {
    status: 405,
    title: 'Method not allowed',
    detail: 'The route does not take this method. Allow lists those that it takes.',
  },
  ROUTE_GONE: {
    status: 410,
    title: 'Route gone',
    detail: 'This route has reached its end. Link names what takes its place, if anything does.',
  },
  UPGRADE_NOT_SUPPORTED: {
    status: 501,
    title: 'Upgrade not supported',
    detail: 'This route takes no WebSocket, or the request does not ask for one in the right form.',
  },
  WEBSOCKET_VERSION_UNSUPPORTED: {
    status: 426,
    title: 'WebSocket version not supported',
    detail: 'Only version 13 of the WebSocket protocol is spoken here.',
  },
  WEBSOCKET_ORIGIN_REFUSED: {
    status: 403,
    title: 'Origin not allowed',
    detail: 'Pages of this origin may not open a WebSocket here.',
  },
  WEBSOCKETS_TOO_MANY: {
    status: 503,
    title: 'Too many WebSockets',
    detail: 'As many WebSockets are open on this route as may be. Try again later.',
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
  UPSTREAM_ANSWER_TOO_LARGE: {
    status: 502,
    title: 'Upstream answer too large',
    detail: 'The service behind this route sent more than can be looked through before it is let out.',
  },
  UPSTREAM_BUSY: {
    status: 503,
    title: 'Upstream busy',
    detail: 'Too many requests wait for the service behind this route. Try again after the seconds in Retry-After.',
  },
  UPSTREAM_DOWN: {
    status: 503,
    title: 'Upstream down',
    detail: 'Every place where the service behind this route runs is down. Try again after the seconds in Retry-After.',
  },
  DECISION_CALLER_REFUSED: {
    status: 403,
    title: 'Not for this caller',
    detail: 'Only the proxies that are named in gateway.decisions.callers may ask for decisions.',
  },
  DECISION_REQUEST_INVALID: {
    status: 400,
    title: 'Decision not understood',
    detail:
      'The proxy that asks does not say for whom, or which request. Compare its configuration with the documents.',
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
} as const

export const refuseRequest = problemsOf(gatewayProblems)
