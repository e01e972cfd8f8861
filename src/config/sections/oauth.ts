import { choice, duration, flag, integer, list, orNull, section, text } from '../fields.ts'
import { oauthDetailsField } from './oauth-details.ts'
import { oauthIssuersField } from './oauth-issuers.ts'
import { oauthSigningKeysFields } from './oauth-signing-keys.ts'

const SCOPE = '^[\\x21\\x23-\\x5b\\x5d-\\x7e]{1,128}$'

const scopeText = text('A scope.', {
  pattern: SCOPE,
  form: 'must be up to 128 printable characters without spaces, quotes and \\',
  examples: ['orders:read'],
})

const resourceField = section('An API that tokens are made for.', {
  id: text('What clients name it by, and what stands in `aud`: an absolute URI without a fragment (RFC 8707).', {
    pattern: '^[a-z][a-z0-9+.-]*:[^#\\s]{1,500}$',
    form: 'must be an absolute URI without a fragment, such as https://api.example.com',
    examples: ['https://api.example.com'],
  }),
  name: orNull(text('What people are shown when they are asked for their consent.', { minLength: 1, maxLength: 100 })),
  scopes: list('The scopes that this API knows. Nobody gets another one for it.', scopeText, {
    default: [],
    maxItems: 200,
  }),
  accessTokens: choice(
    '`jwt`: verified by whoever has our public keys (RFC 9068); `opaque`: asked for at the introspection endpoint.',
    ['jwt', 'opaque'],
    { default: 'jwt' },
  ),
  algorithm: orNull(
    choice(
      'What its tokens are signed with; the first of `oauth.signingKeys.algorithms` unless told.',
      ['ES256', 'RS256', 'PS256', 'EdDSA'],
      {},
    ),
  ),
  lifetime: orNull(
    duration('How long its access tokens live, where the client has no time of its own.', { min: '1m', max: '1h' }),
  ),
})

/** How the authorization server behaves. What belongs to one client stands in its record. */
export const oauthServerFields = {
  resources: list('The APIs that tokens are made for, besides Sallyport itself.', resourceField, {
    default: [],
    maxItems: 200,
  }),
  defaultResource: orNull(
    text('The API that is meant when a client names none; the first of `resources` unless told.', {
      maxLength: 512,
      examples: ['https://api.example.com'],
    }),
  ),
  lifetimes: section('How long what is issued lives, where a client has no times of its own.', {
    code: duration('An authorization code.', { min: '10s', max: '10m', default: '60s' }),
    accessToken: duration('An access token.', { min: '1m', max: '1h', default: '1h' }),
    idToken: duration('An ID token.', { min: '1m', max: '24h', default: '1h' }),
    refreshToken: duration('A refresh token; each use begins it anew.', { min: '5m', max: '365d', default: '24h' }),
    deviceCode: duration('A device code.', { min: '1m', max: '30m', default: '10m' }),
    grant: duration('What a person agreed to, from the day they did.', { min: '1h', max: '3650d', default: '365d' }),
  }),
  refreshReplay: duration(
    'For how long a refresh token that was just used gives the very same answer to the very same client, so that who lost an answer is no thief. `0s` for never.',
    { min: '0s', max: '60s', default: '10s' },
  ),
  registration: choice(
    'Who may register clients (RFC 7591): `closed` nobody, `token` who has an initial access token, `open` everybody, which lets strangers fill the registry up to its bound.',
    ['closed', 'token', 'open'],
    { default: 'closed' },
  ),
  dpopNonces: choice(
    '`on`: every proof of possession (RFC 9449) that the authorization server is shown carries a nonce of ours, so that none can be made beforehand; clients that come without one are told it and come again. `everywhere`: so do those that routes and applications are shown.',
    ['off', 'on', 'everywhere'],
    { default: 'off' },
  ),
  authorizationDetails: oauthDetailsField,
  clientIdMetadataDocuments: flag(
    'Whether a client may be an address that tells about itself, as agents are (Client ID Metadata Documents).',
    { default: false },
  ),
  registrations: section('How many clients may register themselves. More are refused.', {
    perAddress: integer('From one address in a day.', { min: 1, max: 10_000, default: 20 }),
    most: integer('All together, until some are deleted.', { min: 1, max: 1_000_000, default: 1000 }),
    unusedAfter: orNull(
      duration('After so long without any use they are deleted, with all that was issued to them. null for never.', {
        min: '1d',
        max: '3650d',
      }),
    ),
  }),
  clientIdHosts: orNull(
    list(
      'The only hosts whose documents are clients. null is every public host.',
      text('A host name.', {
        pattern: '^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$',
        form: 'must be a host name in small letters',
        maxLength: 253,
        examples: ['agents.example.com'],
      }),
      { minItems: 1, maxItems: 256 },
    ),
  ),
  passwordTokens: flag(
    'Whether clients that are flagged for it may trade a person’s password for tokens at `/v1/auth/token`, without a browser.',
    { default: false },
  ),
}

export const oauthFields = {
  oauth: section('The authorization server: tokens for programs and for people in programs.', {
    ...oauthServerFields,
    signingKeys: oauthSigningKeysFields,
    issuers: oauthIssuersField,
  }),
}
