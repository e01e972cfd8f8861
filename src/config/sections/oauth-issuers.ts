import { choice, flag, list, section, text } from '../fields.ts'

const PERMISSION = '^(\\*|[A-Za-z0-9][A-Za-z0-9._-]{0,63})(:(\\*|[A-Za-z0-9][A-Za-z0-9._-]{0,63})){1,2}$'

const issuerField = section('Somebody else whose access tokens are believed.', {
  issuer: text('Its name, letter by letter as its tokens carry it in `iss`.', {
    maxLength: 512,
    examples: ['https://login.example.com'],
  }),
  jwksUri: text('Where it publishes its keys.', {
    maxLength: 2048,
    examples: ['https://login.example.com/.well-known/jwks.json'],
  }),
  allowInsecureHttp: flag(
    'Take the keys from an `http:` address of this machine. Whoever else listens there can make tokens of this issuer.',
    { default: false },
  ),
  audiences: list(
    'Whom its tokens must be for, one of them, on routes that name no other audience.',
    text('An audience.', { maxLength: 512, examples: ['https://api.example.com'] }),
    { minItems: 1, maxItems: 32 },
  ),
  algorithms: list(
    'What it signs with, and nothing else.',
    choice(
      'An algorithm (RFC 7518, section 3.1; EdDSA and Ed25519, RFC 8037 and 9864).',
      ['ES256', 'ES384', 'ES512', 'RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'EdDSA', 'Ed25519'],
      {},
    ),
    { minItems: 1, maxItems: 11 },
  ),
  types: list(
    'Types of its access tokens besides `at+jwt` (RFC 9068). With `JWT` its ID tokens pass as well, where they are for one of its audiences.',
    choice('A type.', ['JWT'], {}),
    { default: [], maxItems: 1 },
  ),
  subjectKind: choice('What those are whom its tokens speak of.', ['user', 'service'], { default: 'user' }),
  organization: text('The organization that they belong to here.', { maxLength: 64, default: 'org_default' }),
  permissions: list(
    'The permissions that its tokens may give. Whatever else they claim counts for nothing.',
    text('A permission.', {
      pattern: PERMISSION,
      form: 'must be a permission such as `orders:read`, `orders:*` or `orders:read:42`',
      maxLength: 200,
    }),
    { default: [], maxItems: 256 },
  ),
})

/** Others whose tokens the gateway believes (row G3). */
export const oauthIssuersField = list('Others whose access tokens are believed, besides our own.', issuerField, {
  default: [],
  maxItems: 32,
})
