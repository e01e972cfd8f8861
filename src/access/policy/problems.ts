import { type ProblemTable, problemsOf } from '../../core/index.ts'

export const policyProblems = {
  POLICY_UNKNOWN: { status: 404, title: 'No such policy', detail: 'There is no policy with this id here.' },
  POLICY_VERSION_UNKNOWN: {
    status: 404,
    title: 'No such version',
    detail: 'This policy has no version of this number, or it is older than those that are kept.',
  },
  POLICY_NAME_TAKEN: { status: 409, title: 'Name taken', detail: 'Another policy of your organization has this name.' },
  POLICY_LIMIT_REACHED: {
    status: 409,
    title: 'Too many policies',
    detail: 'Your organization has as many policies or examples as one may have. Remove some first.',
  },
  POLICY_EXAMPLE_FAILED: {
    status: 422,
    title: 'An example says otherwise',
    detail:
      'With this change the policies would not answer an example as it expects; `errors` names each. Nothing was saved.',
  },
} as const satisfies ProblemTable

export const refusePolicy = problemsOf(policyProblems)
