import type { Static } from 'typebox'
import { ANY_ROLE_PATTERN, PERMISSION_PATTERN } from '../../access/index.ts'
import { idPattern, Type } from '../../core/index.ts'
import { Nullable, Prose, Text, Time, withExample } from '../../http/index.ts'
import { LONGEST_MAIL_ADDRESS, MAIL_ADDRESS } from '../../notices/index.ts'
import {
  CLASSIFICATIONS,
  ENVIRONMENTS,
  FORMATS,
  KEY_TYPES,
  LIMIT_WINDOWS,
  ROTATION_WORDS,
  STATUSES,
  USAGE_PERIODS,
} from '../key.ts'
import { verificationProblems } from '../problems.ts'
import { LONGEST_NOTICE } from '../rotation/schedule.ts'
import {
  createdKeyExample,
  invalidExample,
  keyExample,
  repeatedKeyExample,
  serviceExample,
  validExample,
} from './examples.ts'

/** One of several words, as the enumeration that JSON Schema and OpenAPI readers expect. */
export function oneOf<const T extends readonly string[]>(words: T, description?: string) {
  return Type.Unsafe<T[number]>({
    type: 'string',
    enum: [...words],
    ...(description === undefined ? {} : { description }),
  })
}

export const KeyId = Type.String({ pattern: idPattern('key'), examples: ['key_1hq3v0c9kd5m7w2x8p4t6r1a'] })
export const OwnerId = Type.String({
  minLength: 1,
  maxLength: 64,
  pattern: '^[\\x21-\\x7e]+$',
  description: 'The id of a person or a service.',
})
export const ServiceId = Type.String({ pattern: idPattern('svc'), examples: ['svc_1hq3v0c9kd5m7w2x8p4t6r1a'] })
export const Scope = Type.String({ minLength: 1, maxLength: 128, pattern: '^[\\x21\\x23-\\x5b\\x5d-\\x7e]+$' })
export const Permission = Type.String({ maxLength: 200, pattern: PERMISSION_PATTERN })
const Network = Type.String({ minLength: 2, maxLength: 64 })
const Domain = Type.String({ minLength: 1, maxLength: 255 })
const Resource = Type.String({ minLength: 1, maxLength: 512 })
const Tag = Type.String({
  minLength: 1,
  maxLength: 64,
  pattern: '^[A-Za-z0-9][A-Za-z0-9._:/-]*$',
  examples: ['billing'],
})

const Owner = Type.Object(
  {
    kind: oneOf(['user', 'service']),
    id: Type.String({ minLength: 1, maxLength: 64, pattern: '^(usr|svc)_[0-9a-z]+$' }),
  },
  { additionalProperties: false },
)
const RateLimit = Type.Object(
  {
    max: Type.Integer({ minimum: 1, maximum: 1_000_000_000 }),
    per: oneOf(Object.keys(LIMIT_WINDOWS) as (keyof typeof LIMIT_WINDOWS)[]),
    burst: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000_000 })),
  },
  { additionalProperties: false },
)
const UsageLimit = Type.Object(
  {
    max: Type.Integer({ minimum: 1, maximum: 1_000_000_000_000 }),
    per: oneOf(USAGE_PERIODS),
    exact: Type.Optional(Type.Boolean({ default: false, description: 'Never overspend, at one durable write a use.' })),
  },
  { additionalProperties: false },
)
const Metadata = Type.Record(Type.String({ maxLength: 128 }), Type.Unknown(), { maxProperties: 100 })

const RotationBody = Type.Object(
  {
    every: Type.Union([oneOf(ROTATION_WORDS), Type.Integer({ minimum: 1, maximum: 364, description: 'Days.' })]),
    notice: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: LONGEST_NOTICE,
        description: 'Days before; 7 unless the period is shorter.',
      }),
    ),
    store: Type.Optional(
      Nullable(
        Type.Object(
          { name: Text(1, 64), path: Text(1, 255, 'Where in the store, such as billing/api-key.') },
          { additionalProperties: false, description: 'The secret store that new keys are placed in.' },
        ),
      ),
    ),
  },
  { additionalProperties: false, description: 'When the key is replaced. Without a store its owner is only reminded.' },
)
export type RotationBody = Static<typeof RotationBody>

const properties = {
  name: Text(1, 255),
  description: Prose(0, 1000),
  classification: oneOf(CLASSIFICATIONS),
  scopes: Type.Array(Scope, { maxItems: 100 }),
  permissions: Type.Array(Permission, { maxItems: 100 }),
  resources: Type.Array(Resource, { maxItems: 50 }),
  allowedIps: Type.Array(Network, { maxItems: 100 }),
  allowedDomains: Type.Array(Domain, { maxItems: 50 }),
  usageLimit: Nullable(UsageLimit),
  rateLimits: Type.Array(RateLimit, { maxItems: 5 }),
  concurrency: Nullable(Type.Integer({ minimum: 1, maximum: 100_000 })),
  maxBody: Nullable(Type.Integer({ minimum: 0, maximum: 1_073_741_824, description: 'Bytes of one request body.' })),
  requireMfa: Type.Boolean(),
  metadata: Metadata,
  tags: Type.Array(Tag, { maxItems: 50 }),
  rotation: Nullable(RotationBody),
}

export const NewKeyBody = Type.Object(
  {
    ...Type.Partial(Type.Object(properties)).properties,
    name: properties.name,
    type: Type.Optional(oneOf(KEY_TYPES)),
    environment: Type.Optional(oneOf(ENVIRONMENTS)),
    format: Type.Optional(oneOf(FORMATS)),
    owner: Type.Optional(Owner),
    expiresAt: Type.Optional(Time),
  },
  {
    additionalProperties: false,
    examples: [{ name: 'billing worker', scopes: ['orders:read'], allowedIps: ['192.0.2.0/24'] }],
  },
)
export type NewKeyBody = Static<typeof NewKeyBody>

export const ChangeKeyBody = Type.Object(
  {
    ...Type.Partial(Type.Object(properties)).properties,
    expiresAt: Type.Optional(Time),
    status: Type.Optional(oneOf(['active', 'inactive'])),
  },
  { additionalProperties: false, minProperties: 1, examples: [{ name: 'billing worker (old)', tags: ['billing'] }] },
)
export type ChangeKeyBody = Static<typeof ChangeKeyBody>

const OriginBody = Type.Object({
  at: Type.String(),
  by: Type.String(),
  address: Nullable(Type.String()),
  userAgent: Nullable(Type.String()),
})

export const KeyBody = withExample(
  Type.Object({
    id: Type.String(),
    organization: Type.String(),
    ...properties,
    metadata: Type.Unknown(),
    type: oneOf(KEY_TYPES),
    environment: oneOf(ENVIRONMENTS),
    format: oneOf([...FORMATS, 'foreign']),
    owner: Type.Object({ kind: Type.String(), id: Type.String() }),
    hint: Type.String({ description: 'How the key begins and its last four characters.' }),
    expiresAt: Type.String(),
    status: oneOf(STATUSES),
    created: OriginBody,
    changed: OriginBody,
    rotatedFrom: Nullable(Type.String()),
    rotatedTo: Nullable(Type.String()),
    rotatesAt: Nullable(Type.String({ description: 'When the schedule replaces it next.' })),
    version: Type.Integer(),
  }),
  keyExample,
)
export type KeyBody = Static<typeof KeyBody>

export const CreatedKeyBody = withExample(
  Type.Object({
    ...KeyBody.properties,
    key: Nullable(Type.String({ description: 'The key itself, shown once. Null when a creation is repeated.' })),
  }),
  createdKeyExample,
)

/** The same for a creation that is repeated. */
export const RepeatedKeyBody = withExample(CreatedKeyBody, repeatedKeyExample)

export const VerifyBody = Type.Object(
  {
    key: Type.String({ minLength: 1, maxLength: 2048 }),
    ip: Type.Optional(Type.String({ minLength: 2, maxLength: 64 })),
    domain: Type.Optional(Type.String({ minLength: 1, maxLength: 255 })),
    scopes: Type.Optional(Type.Array(Scope, { maxItems: 100 })),
    permissions: Type.Optional(Type.Array(Permission, { maxItems: 100 })),
    resource: Type.Optional(Type.String({ minLength: 1, maxLength: 8192, pattern: '^/' })),
    method: Type.Optional(Type.String({ minLength: 1, maxLength: 16, pattern: '^[A-Z]+$' })),
    userAgent: Type.Optional(Text(0, 512)),
    toldLater: Type.Optional(
      Type.Boolean({
        description: 'The request itself is told of at `/v1/keys/uses`, and is traffic of the key then.',
      }),
    ),
  },
  { additionalProperties: false, examples: [{ key: 'sp_live_…', ip: '192.0.2.7', scopes: ['orders:read'] }] },
)
export type VerifyBody = Static<typeof VerifyBody>

const LimitBody = Type.Object({
  name: Type.String(),
  max: Type.Integer(),
  remaining: Type.Integer(),
  resetSeconds: Type.Integer(),
  waitSeconds: Type.Integer({ description: 'Until this limit would let the same use through; 0 when it does.' }),
})

export const VerificationBody = withExample(
  Type.Object({
    valid: Type.Boolean(),
    code: oneOf(['VALID', ...Object.keys(verificationProblems)]),
    message: Nullable(Type.String()),
    keyId: Nullable(Type.String()),
    principal: Nullable(Type.Object({ kind: Type.String(), id: Type.String(), organization: Nullable(Type.String()) })),
    scopes: Type.Array(Type.String()),
    permissions: Type.Array(Type.String()),
    limits: Type.Array(LimitBody),
    retryAfter: Type.Optional(Type.Integer()),
  }),
  validExample,
  invalidExample,
)
export type VerificationBody = Static<typeof VerificationBody>

const serviceGrants = {
  roles: Type.Array(Type.String({ pattern: ANY_ROLE_PATTERN }), {
    maxItems: 20,
    description: 'Roles that its keys may act in, built-in or of the organization.',
  }),
  scopes: Type.Array(Scope, { maxItems: 100, description: 'Scopes that its keys may carry; `*` for all.' }),
  permissions: Type.Array(Permission, {
    maxItems: 100,
    description: 'Permissions that its keys may carry, beside those of its roles; `*` for all.',
  }),
  contacts: Type.Array(Type.String({ pattern: MAIL_ADDRESS, maxLength: LONGEST_MAIL_ADDRESS }), {
    maxItems: 20,
    description: 'E-mail addresses of those who are told about its keys.',
  }),
}

export const ServiceBody = withExample(
  Type.Object({
    id: Type.String(),
    organization: Type.String(),
    name: Type.String(),
    description: Type.String(),
    enabled: Type.Boolean(),
    ...serviceGrants,
    createdAt: Type.String(),
    createdBy: Type.String(),
    changedAt: Type.String(),
    changedBy: Type.String(),
    version: Type.Integer(),
  }),
  serviceExample,
)
export type ServiceBody = Static<typeof ServiceBody>

export const NewServiceBody = Type.Object(
  {
    name: Text(1, 255),
    description: Type.Optional(Prose(0, 1000)),
    ...Type.Partial(Type.Object(serviceGrants)).properties,
  },
  {
    additionalProperties: false,
    examples: [
      {
        name: 'billing',
        description: 'Writes the invoices.',
        scopes: ['orders:read'],
        permissions: ['keys:read'],
        contacts: ['billing@example.com'],
      },
    ],
  },
)
export const ChangeServiceBody = Type.Object(
  {
    name: Type.Optional(Text(1, 255)),
    description: Type.Optional(Prose(0, 1000)),
    enabled: Type.Optional(Type.Boolean()),
    ...Type.Partial(Type.Object(serviceGrants)).properties,
  },
  { additionalProperties: false, minProperties: 1, examples: [{ enabled: false }, { scopes: ['orders:read'] }] },
)
export const ReasonBody = Type.Object(
  { reason: Type.Optional(Prose(1, 500)) },
  { additionalProperties: false, examples: [{ reason: 'seen in a public repository' }] },
)
export const StatusWord = oneOf(STATUSES)
export const ClassificationWord = properties.classification
export const TagText = Tag
