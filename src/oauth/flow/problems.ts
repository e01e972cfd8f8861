import { type ProblemTable, problemsOf } from '../../core/index.ts'

export const flowProblems = {
  SIGN_IN_REQUEST_UNKNOWN: {
    status: 404,
    title: 'No such request to sign in',
    detail: 'Nothing of this id waits for you in this organization: it was answered, or its time is over.',
  },
  SIGN_IN_REQUEST_ANSWERED: {
    status: 409,
    title: 'It was answered already',
    detail: 'Somebody answered this request at the same moment. It is answered once.',
  },
  SIGN_IN_REQUEST_LEVEL: {
    status: 403,
    title: 'More has to be proved',
    detail: 'The program asks for a stronger proof than your session has. Prove more, then approve.',
  },
} as const satisfies ProblemTable

export const refuseFlow = problemsOf(flowProblems)
