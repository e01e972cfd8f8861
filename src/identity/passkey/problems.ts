import type { ProblemTable } from '../../core/index.ts'

export const passkeyProblems = {
  PASSKEY_REFUSED: {
    status: 401,
    title: 'The passkey was not accepted',
    detail: 'Ask for new options and try once more, or prove who you are in another way.',
  },
  PASSKEY_INVALID: {
    status: 400,
    title: 'The new passkey was not accepted',
    detail:
      'What the authenticator answered does not fit what was asked, or came too late. Ask for new options and try once more.',
  },
  PASSKEY_TAKEN: {
    status: 409,
    title: 'The passkey is registered already',
    detail: 'This passkey belongs to an account here. Sign in with it, or use another authenticator.',
  },
  PASSKEY_LIMIT_REACHED: {
    status: 409,
    title: 'Too many passkeys',
    detail: 'You have as many passkeys as a person may have. Remove one that you do not use.',
  },
  PASSKEY_SUSPENDED: {
    status: 409,
    title: 'The passkey is suspended',
    detail: 'A copy of it seems to be in use. Prove who you are in another way and remove it, or ask an administrator.',
  },
  PASSKEYS_UNAVAILABLE: {
    status: 409,
    title: 'No passkeys here',
    detail: 'Passkeys need a host name: `issuer` is an address, for which no browser makes one.',
  },
  AUTHENTICATOR_REFUSED: {
    status: 403,
    title: 'This authenticator is not accepted here',
    detail: 'Only models that are known and not compromised are accepted. Use another authenticator.',
  },
} as const satisfies ProblemTable
