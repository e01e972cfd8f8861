import { problemsOf } from '../core/index.ts'

/** Why a token is not believed (row O11). One code for each check, so that an Event says exactly what was wrong. */
export const tokenProblems = {
  TOKEN_MALFORMED: {
    status: 401,
    title: 'Token not readable',
    detail: 'The token is not a signed JWT in its strict form. Send it exactly as it was issued.',
  },
  TOKEN_EXPIRED: { status: 401, title: 'Token expired', detail: 'The token has expired. Get a new one.' },
  TOKEN_NOT_ACTIVE: {
    status: 401,
    title: 'Token not active yet',
    detail: 'The token is not valid yet. Check the clocks, or wait until it begins.',
  },
  TOKEN_REVOKED: { status: 401, title: 'Token revoked', detail: 'The token was revoked. Sign in again.' },
  TOKEN_TYPE: {
    status: 401,
    title: 'Wrong type of token',
    detail: 'The token is of another type than this place takes. Send an access token.',
  },
  SIGNATURE_INVALID: {
    status: 401,
    title: 'Signature not valid',
    detail: 'The signature of the token could not be verified with the keys of its issuer.',
  },
  ISSUER_INVALID: { status: 401, title: 'Issuer not trusted', detail: 'Tokens of this issuer are not taken here.' },
  AUDIENCE_INVALID: {
    status: 401,
    title: 'Token for somebody else',
    detail: 'The token was issued for another audience. Ask for one that names this API.',
  },
  JTI_MISSING: { status: 401, title: 'Token without id', detail: 'The token has no "jti". Every token needs one.' },
  TOKEN_REPLAYED: {
    status: 401,
    title: 'Token used before',
    detail: 'The token works once here, and was used before. Get a new one.',
  },
  BINDING_INVALID: {
    status: 401,
    title: 'Possession not proved',
    detail: 'The token is bound to a key or a certificate, and the request does not prove that the sender holds it.',
  },
} as const

export type TokenFault = keyof typeof tokenProblems

export const refuseToken = problemsOf(tokenProblems)
