import { problemsOf, requestProblems } from '../core/index.ts'

/** What any route of the control plane may answer, whatever it is about. */
export const httpProblems = {
  ...requestProblems,
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
  EVENT_UNKNOWN: { status: 404, title: 'No such event', detail: 'There is no event with this id.' },
  VERSION_STALE: {
    status: 412,
    title: 'Changed meanwhile',
    detail: 'Somebody changed this since you read it. Read it again and repeat your change.',
  },
  CONTENT_TYPE_UNSUPPORTED: {
    status: 415,
    title: 'Not a type this endpoint reads',
    detail: 'Send `Content-Type: application/json`.',
  },
  IDEMPOTENCY_KEY_REUSED: {
    status: 422,
    title: 'This Idempotency-Key was used for something else',
    detail: 'Use a fresh Idempotency-Key for each different request.',
  },
  STREAMS_EXHAUSTED: {
    status: 429,
    title: 'Too many streams',
    detail: 'This credential listens to as many streams as it may. Close one first.',
  },
  UNAVAILABLE: {
    status: 503,
    title: 'Not available at the moment',
    detail: 'A part that this request needs does not answer. Try again soon.',
  },
} as const

export const refuseHttp = problemsOf(httpProblems)
