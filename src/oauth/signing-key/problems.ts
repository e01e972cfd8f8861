import { problemsOf } from '../../core/index.ts'

export const signingKeyProblems = {
  SIGNING_KEY_NOT_FOUND: {
    status: 404,
    title: 'No such signing key',
    detail: 'There is no signing key with this id. If it was removed, nothing that it signed is believed any more.',
  },
  SIGNING_KEY_CONFIGURED: {
    status: 409,
    title: 'This signing key comes from the configuration',
    detail: 'It was not made here and cannot be rotated here. Change `oauth.signingKeys.from` and start again.',
  },
  SIGNING_ALGORITHM_UNUSED: {
    status: 409,
    title: 'Nothing is signed this way here',
    detail: 'No signing key has this algorithm. Add it to `oauth.signingKeys.algorithms` to have one.',
  },
} as const

export const refuseSigningKey = problemsOf(signingKeyProblems)
