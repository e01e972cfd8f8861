import { type ProblemTable, problemsOf } from '../../core/index.ts'

/** How a request or an answer differs from the document of its route. */
export const openapiProblems = {
  OPERATION_UNKNOWN: {
    status: 404,
    title: 'No such operation',
    detail: 'The document of this API has no operation with this method and path.',
  },
  PARAMETER_INVALID: {
    status: 400,
    title: 'Parameter not accepted',
    detail: 'A parameter is missing, unknown or not as the document of this API describes it. errors names it.',
  },
  BODY_INVALID: {
    status: 400,
    title: 'Body not accepted',
    detail: 'The body is not as the document of this API describes it. errors names the place and the rule.',
  },
  BODY_UNDOCUMENTED: {
    status: 415,
    title: 'Content type not accepted',
    detail: 'The document of this API describes no body of this Content-Type for this operation.',
  },
  ANSWER_INVALID: {
    status: 502,
    title: 'Answer withheld',
    detail: 'The service behind this route answered otherwise than the document of this API says.',
  },
} as const satisfies ProblemTable

export const refuseByDocument = problemsOf(openapiProblems)
