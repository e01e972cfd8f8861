import { accessProblems } from '../access/index.ts'
import { problemsOf } from '../core/index.ts'
import { limitProblems } from '../limits/index.ts'

/** Why a key is not let through (row K11), in the order in which verification asks. */
export const verificationProblems = {
  KEY_MALFORMED: {
    status: 401,
    title: 'Not an API key',
    detail: 'This text is not a key of ours: its form or its checksum is wrong. Copy the whole key again.',
  },
  KEY_NOT_FOUND: { status: 401, title: 'Unknown API key', detail: 'No such key exists here.' },
  KEY_INVALID: {
    status: 401,
    title: 'The API key is not valid',
    detail: 'Check that the whole key was sent, that it belongs to this system, and that it was not replaced.',
  },
  KEY_INACTIVE: {
    status: 401,
    title: 'The API key is inactive',
    detail: 'Its owner switched it off; switch it on to use it.',
  },
  KEY_SUSPENDED: {
    status: 401,
    title: 'The API key is suspended',
    detail: 'It was suspended; ask its owner or an administrator to resume it.',
  },
  KEY_EXPIRED: { status: 401, title: 'The API key has expired', detail: 'Make a new key, or ask its owner for one.' },
  KEY_REVOKED: {
    status: 401,
    title: 'The API key was revoked',
    detail: 'It will not work again. Make a new key, or ask its owner for one.',
  },
  IP_NOT_ALLOWED: {
    status: 403,
    title: 'Not from this address',
    detail: 'This key may not be used from your address. Use an allowed network, or have the address added.',
  },
  DOMAIN_NOT_ALLOWED: {
    status: 403,
    title: 'Not from this domain',
    detail: 'This key may only be used by pages of its allowed domains.',
  },
  MFA_REQUIRED: {
    status: 403,
    title: 'A second factor is required',
    detail:
      'This key works only together with a second factor of its owner. Send a code of their authenticator app, or a backup code, in `X-MFA-Code`; it counts for five minutes from your address.',
  },
  ...accessProblems,
  RESOURCE_NOT_ALLOWED: {
    status: 403,
    title: 'Not this resource',
    detail: 'This key is limited to other paths or methods.',
  },
  USAGE_EXHAUSTED: {
    status: 429,
    title: 'The API key is used up',
    detail: 'Its usage limit is reached. Wait for the next period, or have the limit raised.',
  },
  ...limitProblems,
} as const

/** What else can be wrong around keys. */
export const keyProblems = {
  ...verificationProblems,
  KEYS_UNAVAILABLE: {
    status: 503,
    title: 'Keys cannot be checked',
    detail:
      'What is needed to check the key does not answer at the moment. Try again after the seconds in Retry-After.',
  },
  CREDENTIAL_AMBIGUOUS: {
    status: 400,
    title: 'Two different keys',
    detail: 'The request carries two different API keys. Send exactly one.',
  },
  KEY_UNKNOWN: { status: 404, title: 'No such key', detail: 'There is no key with this id that you may see.' },
  SERVICE_UNKNOWN: {
    status: 404,
    title: 'No such service',
    detail: 'There is no service with this id that you may see.',
  },
  SERVICE_NAME_TAKEN: {
    status: 409,
    title: 'The name is taken',
    detail: 'A service of this name exists already. Choose another name.',
  },
  KEY_ENTROPY_TOO_LOW: {
    status: 400,
    title: 'The format is too weak',
    detail: 'This format carries too few random bits for this environment.',
  },
  KEY_STATUS_CONFLICT: {
    status: 409,
    title: 'Not possible in this state',
    detail: 'The key’s present status does not allow this change.',
  },
  ROTATION_UNDER_WAY: {
    status: 409,
    title: 'A rotation is under way',
    detail: 'The key is being rotated, or somebody else’s request to rotate it waits. Look at its rotation first.',
  },
  ROLLBACK_NOT_POSSIBLE: {
    status: 409,
    title: 'Nothing to roll back',
    detail: 'A rotation can be rolled back until the grace of the old key ends, once.',
  },
  APPROVAL_UNKNOWN: {
    status: 404,
    title: 'No such approval',
    detail: 'There is no approval with this id that you may see.',
  },
  APPROVAL_OWN: {
    status: 403,
    title: 'Your own request',
    detail: 'Whoever asked cannot decide. Ask another person who holds keys:approve.',
  },
  APPROVAL_DECIDED: {
    status: 409,
    title: 'Decided already',
    detail: 'This request was decided or used already; a decision counts once.',
  },
  APPROVAL_LAPSED: {
    status: 409,
    title: 'The request lapsed',
    detail: 'Nobody decided or used it within 72 hours. Ask again.',
  },
  APPROVAL_WAITING: {
    status: 409,
    title: 'Not approved yet',
    detail: 'Another person who holds keys:approve has to approve this first.',
  },
  KEY_LIMIT_REACHED: {
    status: 409,
    title: 'No more keys of this kind',
    detail: 'The owner has as many active keys as it may have. Rotate one of them, or revoke one first.',
  },
  KEY_IMPORTED_ALREADY: {
    status: 409,
    title: 'The key is here already',
    detail:
      'This key was made or imported here before. Leave it out, or import with `existing: skip` (`--skip-existing`).',
  },
  SIGNATURE_UNREADABLE: {
    status: 400,
    title: 'The signature cannot be read',
    detail:
      'Send one signature (RFC 9421) in `Signature-Input` and `Signature`, under one label, with `created`, `nonce` (8 to 128 characters) and `keyid`, and with no other parameters than `expires`, `alg` and `tag`.',
  },
  SIGNATURE_INCOMPLETE: {
    status: 401,
    title: 'The signature does not cover enough',
    detail:
      'The signature must cover the method, the address, the query, the digest of the body and what else is asked for.',
  },
  SIGNATURE_NOT_CURRENT: {
    status: 401,
    title: 'The signature is not of now',
    detail:
      'It was created too long ago, is in the future, or has expired. Check the clock, and sign each request anew.',
  },
  REQUEST_SIGNATURE_INVALID: {
    status: 401,
    title: 'The signature is not valid',
    detail:
      'It is not one of this request, or its key is not known here. Check `keyid`, the algorithm of the key, and that nobody on the way changes the method, the address or the headers that are covered.',
  },
  SIGNATURE_USED: {
    status: 401,
    title: 'The signature was used before',
    detail: 'Each signed request works once. Sign it anew, with another nonce.',
  },
  CONTENT_DIGEST_INVALID: {
    status: 400,
    title: 'The body is not the one that was signed',
    detail:
      '`Content-Digest` (RFC 9530) must be there for a body, and be the `sha-256` or `sha-512` of its bytes as sent.',
  },
  SIGNATURE_KEY_UNKNOWN: {
    status: 404,
    title: 'No such signature key',
    detail: 'This API key has no signature key with this id.',
  },
  SIGNATURE_KEYS_TOO_MANY: {
    status: 409,
    title: 'Too many signature keys',
    detail: 'An API key has at most five signature keys. Revoke one first.',
  },
  SIGNATURE_INVALID: {
    status: 401,
    title: 'The signature is not right',
    detail: 'This endpoint takes only reports that are signed, over their exact bytes, with a key that it knows.',
  },
  GITHUB_REPORTS_OFF: {
    status: 404,
    title: 'Reports from GitHub are switched off',
    detail: 'Nothing is configured to verify them with. Set keys.leaks.github to take them.',
  },
  TOKEN_FORMAT_UNAVAILABLE: {
    status: 400,
    title: 'Tokens of this form cannot be signed here',
    detail:
      'A PASETO is signed with EdDSA, and no key here does that. Ask for a JWT, or have `EdDSA` added to `oauth.signingKeys.algorithms`.',
  },
  GRANT_EXCEEDED: {
    status: 403,
    title: 'More than may be given',
    detail:
      'Nobody gives scopes or permissions that they do not hold, and no key carries more than its owner holds; `errors` names each.',
  },
} as const

export type VerificationCode = keyof typeof verificationProblems
export const refuseKey = problemsOf(keyProblems)
