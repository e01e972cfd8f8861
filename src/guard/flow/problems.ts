import { type ProblemTable, problemsOf } from '../../core/index.ts'

/** What is said where a business must not be run as often as it could. */
export const flowProblems = {
  VERIFICATION_REQUIRED: {
    status: 428,
    title: 'A verification is needed',
    detail:
      'This was done often or from unusual circumstances. Open the address in `X-Verify-URL`, solve what it asks, and repeat the request with the pass that it gives.',
  },
  FLOW_OBJECT_UNNAMED: {
    status: 400,
    title: 'The request does not say what it is about',
    detail: 'The request must name one object, once, where the documentation of this API says.',
  },
  FLOW_UNCOUNTED: {
    status: 503,
    title: 'The request cannot be counted now',
    detail: 'How often this was done cannot be found out at the moment. Try again in a few seconds.',
  },
  VERIFICATION_UNKNOWN: {
    status: 404,
    title: 'No such verification',
    detail:
      'There is no verification at this address. Repeat the request that needed one, and open the address of its answer.',
  },
  VERIFICATION_EXPIRED: {
    status: 410,
    title: 'The verification is over',
    detail: 'There was not enough time left. Repeat the request that needed it, and open the address of its answer.',
  },
  VERIFICATION_MALFORMED: {
    status: 400,
    title: 'The solution cannot be read',
    detail: 'A solution is sent by POST as application/json: `{"nonce":"…"}`, or `{"token":"…"}` for a captcha.',
  },
  VERIFICATION_FAILED: {
    status: 422,
    title: 'The solution is wrong',
    detail: 'What was sent does not solve this challenge. Solve it again.',
  },
  VERIFICATION_SPENT: {
    status: 409,
    title: 'The verification was used already',
    detail: 'A challenge is solved once. Repeat the request that needed it, and open the address of its answer.',
  },
  VERIFICATION_TOO_OFTEN: {
    status: 429,
    title: 'Too many attempts',
    detail: 'Solutions were sent too often. Wait a minute.',
  },
  VERIFICATION_UNAVAILABLE: {
    status: 503,
    title: 'The solution cannot be checked now',
    detail: 'Whoever checks solutions does not answer. Try again in a few seconds.',
  },
} as const satisfies ProblemTable

export const refuseFlow = problemsOf(flowProblems)
