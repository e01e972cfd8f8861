import type { FieldError } from '../../core/index.ts'
import { CIBA, type ClientSettings, DEVICE_CODE, type GrantType, TOKEN_EXCHANGE, usesSecret } from './client.ts'

/** What must not be together, or must not be alone: the field, what is wrong, and when. */
type Rule = readonly [path: string, message: string, isBroken: (client: ClientSettings) => boolean]

const isPublic = ({ kind }: ClientSettings) => kind === 'public'
const has = (grant: GrantType) => (client: ClientSettings) => client.grants.includes(grant)
const withCode = has('authorization_code')
const withRefresh = has('refresh_token')
const isAlone = (client: ClientSettings) => has('client_credentials')(client) || has(TOKEN_EXCHANGE)(client)
const isForPeople = (client: ClientSettings) => withCode(client) || has(DEVICE_CODE)(client) || has(CIBA)(client)
const signs = ({ authentication }: ClientSettings) =>
  authentication === 'private_key_jwt' || authentication === 'self_signed_tls_client_auth'

const RULES: readonly Rule[] = [
  ['grants', 'must be at least one', ({ grants, passwordTokens }) => grants.length === 0 && !passwordTokens],
  [
    'grants',
    'a public client cannot prove who it is, so nothing is given to it in its own name: no client_credentials, no CIBA, no token exchange',
    (client) => isPublic(client) && (isAlone(client) || has(CIBA)(client)),
  ],
  [
    'grants',
    'refresh_token needs a grant that people sign in with beside it',
    (client) => withRefresh(client) && !isForPeople(client) && !client.passwordTokens,
  ],
  [
    'scopes',
    'offline_access needs the grant refresh_token',
    (client) => client.scopes.includes('offline_access') && !withRefresh(client),
  ],
  [
    'authentication',
    'a public client has nothing to prove itself with: its authentication is none',
    (client) => isPublic(client) && client.authentication !== 'none',
  ],
  [
    'authentication',
    'a confidential client proves who it is; a client that cannot is public',
    (client) => !isPublic(client) && client.authentication === 'none',
  ],
  [
    'redirectUris',
    'is missing: authorization_code needs one at least',
    (c) => withCode(c) && c.redirectUris.length === 0,
  ],
  ['redirectUris', 'goes with the grant authorization_code alone', (c) => !withCode(c) && c.redirectUris.length > 0],
  [
    'postLogoutRedirectUris',
    'goes with the grant authorization_code alone',
    (client) => !withCode(client) && client.postLogoutRedirectUris.length > 0,
  ],
  ['jwks', 'must not be given together with jwksUri', ({ jwks, jwksUri }) => jwks !== null && jwksUri !== null],
  [
    'jwks',
    'is missing: this client proves itself by a key of its own (jwks or jwksUri)',
    (client) => signs(client) && hasNoKeys(client),
  ],
  [
    'jwks',
    'is missing: what it signs its requests with must be known (jwks or jwksUri)',
    (client) => (client.requestObjectAlgorithm !== null || client.requireSignedRequests) && hasNoKeys(client),
  ],
  [
    'tlsSubject',
    'is missing: tls_client_auth knows a client by the name in its certificate',
    ({ authentication, tlsSubject }) => authentication === 'tls_client_auth' && tlsSubject === null,
  ],
  [
    'tlsSubject',
    'goes with tls_client_auth alone',
    ({ authentication, tlsSubject }) => authentication !== 'tls_client_auth' && tlsSubject !== null,
  ],
  [
    'roles',
    'are for what a client does in its own name: client_credentials or token exchange',
    (client) => client.roles.length > 0 && !isAlone(client),
  ],
  [
    'permissions',
    'are for what a client does in its own name: client_credentials or token exchange',
    (client) => client.permissions.length > 0 && !isAlone(client),
  ],
  [
    'refresh',
    'threshold is for confidential clients: what a public client loses must be worthless after one use',
    (client) => client.refresh === 'threshold' && isPublic(client),
  ],
  ['refresh', 'threshold needs the grant refresh_token', (c) => c.refresh === 'threshold' && !withRefresh(c)],
  ['consent', 'never is for firstParty clients alone', (c) => c.consent === 'never' && !c.firstParty],
  [
    // RFC 8252, section 8.6: another application on the device can claim such an address and ask in its place.
    'consent',
    'never needs addresses that are https where the client is public: others could answer at any other',
    (client) => client.consent === 'never' && isPublic(client) && client.redirectUris.some(isNotHttps),
  ],
  [
    'allowWithoutPkce',
    'is for confidential clients alone: of a public one, PKCE is all that keeps a code from a thief',
    (client) => client.allowWithoutPkce && isPublic(client),
  ],
  [
    'allowWithoutPkce',
    'needs openid among the scopes: what is asked for in its place is a nonce',
    (client) => client.allowWithoutPkce && !client.scopes.includes('openid'),
  ],
  ['passwordTokens', 'is for firstParty clients alone', (c) => c.passwordTokens && !c.firstParty],
  [
    'passwordTokens',
    'is for public clients and for those with a secret: no key and no certificate is asked for where passwords are traded',
    (client) => client.passwordTokens && !isPublic(client) && !usesSecret(client),
  ],
  [
    'passwordTokens',
    'does not go with dpopBound or tlsBound: no key and no certificate is asked for where passwords are traded',
    (client) => client.passwordTokens && (client.dpopBound || client.tlsBound),
  ],
  ['dpopBound', 'must not be set together with tlsBound', (c) => c.dpopBound && c.tlsBound],
  [
    'backchannelLogoutSessionRequired',
    'needs backchannelLogoutUri',
    (client) => client.backchannelLogoutSessionRequired && client.backchannelLogoutUri === null,
  ],
  [
    'frontchannelLogoutSessionRequired',
    'needs frontchannelLogoutUri',
    (client) => client.frontchannelLogoutSessionRequired && client.frontchannelLogoutUri === null,
  ],
  // OpenID Connect Core, section 8.1: the host is what the subject is computed from.
  [
    'subject',
    'pairwise needs authorization_code, and redirectUris of one https host',
    (client) => client.subject === 'pairwise' && !isOfOneHost(client.redirectUris),
  ],
  [
    'subject',
    'pairwise does not go with the device grant or CIBA, which have no address',
    (client) => client.subject === 'pairwise' && (has(DEVICE_CODE)(client) || has(CIBA)(client)),
  ],
]

// FAPI 2.0 Security Profile, sections 5.3.2 and 5.4.
const FAPI2_RULES: readonly Rule[] = [
  ['kind', 'must be confidential for fapi2', isPublic],
  [
    'authentication',
    'must be private_key_jwt, tls_client_auth or self_signed_tls_client_auth for fapi2',
    (client) => usesSecret(client),
  ],
  ['requirePar', 'must be true for fapi2', (client) => !client.requirePar],
  ['dpopBound', 'must be true for fapi2, or tlsBound', (client) => !client.dpopBound && !client.tlsBound],
  ['allowWithoutPkce', 'does not go with fapi2', (client) => client.allowWithoutPkce],
  ...(['idTokenAlgorithm', 'userinfoAlgorithm', 'requestObjectAlgorithm', 'responseAlgorithm'] as const).map(
    (path): Rule => [path, 'must be PS256, ES256 or EdDSA for fapi2', (client) => client[path] === 'RS256'],
  ),
]

/** What does not go together in the settings of a client. */
export function combinedFaults(client: ClientSettings): FieldError[] {
  const rules = client.fapi2 ? [...RULES, ...FAPI2_RULES] : RULES
  return rules.filter(([, , isBroken]) => isBroken(client)).map(([path, message]) => ({ path, message }))
}

function hasNoKeys({ jwks, jwksUri }: ClientSettings): boolean {
  return jwks === null && jwksUri === null
}

function isNotHttps(address: string): boolean {
  return !address.startsWith('https://')
}

function isOfOneHost(addresses: readonly string[]): boolean {
  const hosts = new Set(addresses.map((address) => (isNotHttps(address) ? '' : (URL.parse(address)?.host ?? ''))))
  return hosts.size === 1 && !hosts.has('')
}
