import { type ProblemTable, problemsOf } from '../../core/index.ts'

/** Why a GraphQL request is not passed on. */
export const graphqlProblems = {
  GRAPHQL_MALFORMED: {
    status: 400,
    title: 'GraphQL request not understood',
    detail: 'The request is not a GraphQL request over HTTP, or its document cannot be read. errors says why.',
  },
  GRAPHQL_TOO_COMPLEX: {
    status: 400,
    title: 'GraphQL request too complex',
    detail: 'The request asks for more than this route gives at once. errors names what there is too much of.',
  },
  GRAPHQL_INTROSPECTION_REFUSED: {
    status: 403,
    title: 'Introspection refused',
    detail: 'This route does not tell about its schema.',
  },
  GRAPHQL_NOT_PERSISTED: {
    status: 403,
    title: 'GraphQL document not known',
    detail: 'This route runs only documents that are known to it. Send one of them, or its SHA-256.',
  },
} as const satisfies ProblemTable

export const refuseGraphql = problemsOf(graphqlProblems)
