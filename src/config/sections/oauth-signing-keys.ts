import { choice, duration, list, orNull, section, text } from '../fields.ts'

const ALGORITHMS = ['ES256', 'RS256', 'PS256', 'EdDSA'] as const

const keyField = section('A private key in PEM, without a passphrase.', {
  file: orNull(
    text('The file it is in. Only its owner may read it.', { maxLength: 1024, examples: ['/run/secrets/signing.pem'] }),
  ),
  env: orNull(
    text('The environment variable it is in.', {
      pattern: '^(?!SALLYPORT_)[A-Z_][A-Z0-9_]{0,127}$',
      form: 'must be the name of a variable in capitals that does not begin with SALLYPORT_',
      examples: ['SIGNING_KEY'],
    }),
  ),
  id: orNull(
    text('Its `kid`; the thumbprint of the key (RFC 7638) unless told.', {
      pattern: '^(?!sgk_)[A-Za-z0-9._~-]{1,128}$',
      form: 'must be up to 128 letters, digits, `.`, `_`, `~` and `-`, and not begin with sgk_',
      examples: ['2027-01'],
    }),
  ),
  algorithm: choice('What it signs with; one of `oauth.signingKeys.algorithms`.', ALGORITHMS, {}),
})

/** The keys that sign tokens (row O10). */
export const oauthSigningKeysFields = section('The keys that sign tokens.', {
  algorithms: list(
    'What tokens can be signed with, a key for each. The first is used where nothing asks for another.',
    choice('An algorithm (RFC 7518, section 3.1; EdDSA with Ed25519, RFC 8037).', ALGORITHMS, {}),
    { default: ['ES256'], minItems: 1, maxItems: 4 },
  ),
  rotateEvery: duration('How long a key signs before the next one does.', { min: '1s', max: '3650d', default: '90d' }),
  publishBefore: duration(
    'How long a key is published before it signs, so that whoever verifies has it by then. Public keys may be cached for half of it, five minutes at most.',
    { min: '500ms', max: '30d', default: '24h' },
  ),
  retireAfter: duration(
    'How long a key stays published after its last signature: at least as long as the longest life of a token.',
    { min: '1s', max: '365d', default: '24h' },
  ),
  from: list(
    'Keys that are not made here, for their algorithms instead of ours. They are never stored. Of an algorithm the first signs, and the others are published beside it.',
    keyField,
    { default: [], maxItems: 16 },
  ),
})
