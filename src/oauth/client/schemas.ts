import type { Static } from 'typebox'
import { ANY_ROLE_PATTERN, PERMISSION_PATTERN } from '../../access/index.ts'
import { idPattern, Type } from '../../core/index.ts'
import { Nullable, Text, Time, withExample } from '../../http/index.ts'
import { LONGEST_MAIL_ADDRESS } from '../../notices/index.ts'
import { LONGEST_ADDRESS } from './address-faults.ts'
import {
  ALGORITHMS,
  APPLICATION_TYPES,
  AUTHENTICATIONS,
  CLIENT_KINDS,
  CLIENT_SOURCES,
  CONSENTS,
  GRANT_TYPES,
  REFRESH_POLICIES,
  SUBJECTS,
  TLS_NAMES,
} from './client.ts'
import { clientExample, createdClientExample, newClientExample, repeatedClientExample } from './examples.ts'
import { LIFETIME_BOUNDS, MOST } from './faults.ts'

function oneOf<const T extends readonly string[]>(words: T, description?: string) {
  return Type.Unsafe<T[number]>({
    type: 'string',
    enum: [...words],
    ...(description === undefined ? {} : { description }),
  })
}

export const ClientId = Type.String({ pattern: idPattern('cli'), examples: ['cli_1hq3v0c9kd5m7w2x8p4t6r1a'] })
export const ClientSecretId = Type.String({ pattern: idPattern('sec'), examples: ['sec_1hq3v0c9kd5m7w2x8p4t6r1a'] })

const Address = Type.String({ minLength: 1, maxLength: LONGEST_ADDRESS })
const Scope = Type.String({ minLength: 1, maxLength: 128, pattern: '^[\\x21\\x23-\\x5b\\x5d-\\x7e]+$' })
const Permission = Type.String({ maxLength: 200, pattern: PERMISSION_PATTERN })

// Of two schemas in a union each would tell what is wrong with a value that is out of bounds.
const Seconds = ([least, most]: readonly [number, number]) =>
  Type.Unsafe<number | null>({ type: ['integer', 'null'], minimum: least / 1000, maximum: most / 1000 })

const lifetimes = {
  codeSeconds: Seconds(LIFETIME_BOUNDS.code),
  accessTokenSeconds: Seconds(LIFETIME_BOUNDS.accessToken),
  idTokenSeconds: Seconds(LIFETIME_BOUNDS.idToken),
  refreshTokenSeconds: Seconds(LIFETIME_BOUNDS.refreshToken),
}
const Lifetimes = Type.Object(lifetimes, {
  additionalProperties: false,
  description: 'How long what is issued to it lives; null for what the configuration says.',
})
const SaidLifetimes = Type.Object(Type.Partial(Type.Object(lifetimes)).properties, { additionalProperties: false })

const Jwks = Type.Object(
  { keys: Type.Array(Type.Record(Type.String({ maxLength: 64 }), Type.Unknown()), { maxItems: 10 }) },
  { additionalProperties: false, description: 'Public keys by which it proves itself and signs (RFC 7517).' },
)
const TlsSubject = Type.Object(
  { by: oneOf(TLS_NAMES), value: Type.String({ minLength: 1, maxLength: LONGEST_ADDRESS }) },
  { additionalProperties: false, description: 'By what its certificate names it (RFC 8705, section 2.1.2).' },
)

const settings = {
  name: Text(1, 100, 'What people are shown.'),
  kind: oneOf(CLIENT_KINDS, 'Whether it can keep a secret. A program on somebody’s device or in a page cannot.'),
  applicationType: oneOf(APPLICATION_TYPES),
  redirectUris: Type.Array(Address, { maxItems: MOST.redirectUris, description: 'Compared to the character.' }),
  postLogoutRedirectUris: Type.Array(Address, { maxItems: MOST.postLogoutRedirectUris }),
  grants: Type.Array(oneOf(GRANT_TYPES), { maxItems: GRANT_TYPES.length, uniqueItems: true }),
  scopes: Type.Array(Scope, { maxItems: MOST.scopes, description: 'All that it may ask for.' }),
  roles: Type.Array(Type.String({ pattern: ANY_ROLE_PATTERN }), {
    maxItems: MOST.roles,
    description: 'What it may do in its own name: built-in roles, and those of its organization.',
  }),
  permissions: Type.Array(Permission, { maxItems: MOST.permissions }),
  resources: Type.Array(Address, {
    maxItems: MOST.resources,
    description: 'The APIs that it may ask tokens for; none for all that are configured.',
  }),
  authentication: oneOf(AUTHENTICATIONS),
  jwks: Nullable(Jwks),
  jwksUri: Nullable(Address),
  tlsSubject: Nullable(TlsSubject),
  refresh: oneOf(REFRESH_POLICIES, '`threshold` makes a new refresh token only in the last fifth of its life.'),
  requireMfa: Type.Boolean(),
  requireState: Type.Boolean(),
  allowWithoutPkce: Type.Boolean({
    description:
      'Requests may come without PKCE if they carry a nonce: for confidential clients that know nothing of it.',
  }),
  requirePar: Type.Boolean({ description: 'Authorization requests must be pushed first (RFC 9126).' }),
  requireSignedRequests: Type.Boolean({ description: 'Authorization requests must be signed (RFC 9101).' }),
  consent: oneOf(CONSENTS, '`never` is for `firstParty` clients alone.'),
  firstParty: Type.Boolean(),
  corsOrigins: Type.Array(Address, { maxItems: MOST.corsOrigins }),
  fapi2: Type.Boolean({ description: 'Held to the FAPI 2.0 security profile.' }),
  dpopBound: Type.Boolean({ description: 'Its tokens need a proof by its key (RFC 9449).' }),
  tlsBound: Type.Boolean({ description: 'Its tokens need its certificate (RFC 8705).' }),
  backchannelLogoutUri: Nullable(Address),
  backchannelLogoutSessionRequired: Type.Boolean(),
  frontchannelLogoutUri: Nullable(Address),
  frontchannelLogoutSessionRequired: Type.Boolean(),
  idTokenAlgorithm: Nullable(oneOf(ALGORITHMS)),
  userinfoAlgorithm: Nullable(oneOf(ALGORITHMS)),
  requestObjectAlgorithm: Nullable(oneOf(ALGORITHMS)),
  responseAlgorithm: Nullable(oneOf(ALGORITHMS)),
  subject: oneOf(SUBJECTS),
  passwordTokens: Type.Boolean({
    description: 'It may trade a person’s password for tokens. `firstParty` clients alone.',
  }),
  logoUri: Nullable(Address),
  policyUri: Nullable(Address),
  tosUri: Nullable(Address),
  clientUri: Nullable(Address),
  contacts: Type.Array(Type.String({ minLength: 3, maxLength: LONGEST_MAIL_ADDRESS }), { maxItems: MOST.contacts }),
}

const said = { ...Type.Partial(Type.Object(settings)).properties, lifetimes: Type.Optional(SaidLifetimes) }

export const NewClientBody = Type.Object(
  { ...said, name: settings.name, secretExpiresAt: Type.Optional(Time) },
  { additionalProperties: false, examples: [newClientExample] },
)
export type NewClientBody = Static<typeof NewClientBody>

export const ChangeClientBody = Type.Object(
  { ...said, enabled: Type.Optional(Type.Boolean()) },
  { additionalProperties: false, minProperties: 1, examples: [{ enabled: false }] },
)
export type ChangeClientBody = Static<typeof ChangeClientBody>

export const NewSecretBody = Type.Object(
  {
    expiresAt: Type.Optional(Time),
    graceSeconds: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 31_536_000,
        description: 'After how long the secret that is there ends. It stays as it is when left out.',
      }),
    ),
  },
  { additionalProperties: false, examples: [{ graceSeconds: 86_400 }] },
)
export type NewSecretBody = Static<typeof NewSecretBody>

const SecretBody = Type.Object({
  id: Type.String(),
  hint: Type.String({ description: 'Its last four characters.' }),
  createdAt: Type.String(),
  expiresAt: Nullable(Type.String()),
  usedAt: Nullable(Type.String({ description: 'To the minute.' })),
})

export const ClientBody = withExample(
  Type.Object({
    id: Type.String(),
    organization: Type.String(),
    ...settings,
    jwks: Type.Unknown(),
    lifetimes: Lifetimes,
    enabled: Type.Boolean(),
    secrets: Type.Array(SecretBody),
    source: oneOf(CLIENT_SOURCES, 'Who brought it: an administrator, itself, or a document at its address.'),
    createdAt: Type.String(),
    createdBy: Type.String(),
    updatedAt: Type.String(),
    updatedBy: Type.String(),
    lastUsedAt: Nullable(Type.String({ description: 'To the minute.' })),
    version: Type.Integer(),
  }),
  clientExample,
)
export type ClientBody = Static<typeof ClientBody>

export const CreatedClientBody = withExample(
  Type.Object({
    ...ClientBody.properties,
    secret: Nullable(
      Type.String({ description: 'The secret itself, shown once. Null for a client without one, and for a repeat.' }),
    ),
  }),
  createdClientExample,
)

/** The same for what is repeated. */
export const RepeatedClientBody = withExample(CreatedClientBody, repeatedClientExample)
