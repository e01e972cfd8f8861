import { type ProblemTable, problemsOf } from '../../core/index.ts'

/** What becomes of a call to a third party that brings nothing to go on with. */
export const clientProblems = {
  THIRD_PARTY_REQUEST_REFUSED: {
    status: 422,
    title: 'The request cannot be sent so',
    detail:
      'The path does not stay below the address of the third party, or a part of the request is not written plainly.',
  },
  THIRD_PARTY_FAILED: {
    status: 502,
    title: 'The third party did not answer well',
    detail: 'The service that was asked answered with an error, or led elsewhere. Try again later.',
  },
  THIRD_PARTY_ANSWER_INVALID: {
    status: 502,
    title: 'The third party answered something else',
    detail: 'The answer is not of the form that was agreed, so nothing of it is used.',
  },
  THIRD_PARTY_UNAVAILABLE: {
    status: 503,
    title: 'The third party is not asked at the moment',
    detail: 'The service failed too often in a row and is left alone for a while. Try again later.',
  },
} as const satisfies ProblemTable

export const refuseThirdParty = problemsOf(clientProblems)
