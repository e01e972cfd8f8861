import { PERMISSION_PATTERN } from '../../../access/index.ts'
import { Type } from '../../../core/index.ts'
import { Nullable, Text, Time, withExample } from '../../../http/index.ts'
import { type Domain, recordOf } from '../../organization/domain/domain.ts'
import { INVITATION_STATUSES, type Invitation, statusOf } from '../../organization/invitation/invitation.ts'
import { type Organization, type Policy, SIGN_IN_METHODS } from '../../organization/organization.ts'
import type { PolicyWish } from '../../organization/policy.ts'
import type { Member } from '../../person/member.ts'
import { LANGUAGES } from '../../person/person.ts'

const SECOND = 1000

function time(at: number): string {
  return new Date(at).toISOString()
}

function timeOrNull(at: number | null): string | null {
  return at === null ? null : time(at)
}

export const OrganizationId = Type.String({
  pattern: '^org_(default|[0-9a-z]{24})$',
  examples: ['org_1hq3v0c9kd5m7w2x8p4t6r1a'],
})

export const params = Type.Object({ id: OrganizationId })

const Role = Type.String({ minLength: 1, maxLength: 64 })
export const Roles = Type.Array(Role, { maxItems: 20, uniqueItems: true })
const Scope = Type.String({ minLength: 1, maxLength: 128, pattern: '^[\\x21\\x23-\\x5b\\x5d-\\x7e]+$' })
const Permission = Type.String({ maxLength: 200, pattern: PERMISSION_PATTERN })
export const Language = Type.Enum([...LANGUAGES])

const LONGEST_SECONDS = 90 * 86_400
const Seconds = (description: string) => Nullable(Type.Integer({ minimum: 60, maximum: LONGEST_SECONDS, description }))

const sessionsOfPolicy = {
  absoluteSeconds: Seconds('A session ends after this long, however it is used; null as configured.'),
  idleSeconds: Seconds('A session ends that was not used for so long; null as configured.'),
  most: Nullable(
    Type.Integer({ minimum: 1, maximum: 1000, description: 'Sessions of one person at once; null as configured.' }),
  ),
}

const policyFields = {
  defaultRoles: Roles,
  requireMfa: Type.Boolean({ description: 'Who has no second factor enrols one at the next sign-in.' }),
  methods: Type.Array(Type.Enum([...SIGN_IN_METHODS]), { minItems: 1, maxItems: 3, uniqueItems: true }),
  language: Nullable(Language),
  domainJoin: Type.Enum(['automatic', 'off'], {
    description: 'Whether people who register with an address of a verified domain become members.',
  }),
}

const PolicyInput = Type.Object(
  {
    ...Type.Partial(Type.Object(policyFields)).properties,
    sessions: Type.Optional(Type.Partial(Type.Object(sessionsOfPolicy), { additionalProperties: false })),
  },
  { additionalProperties: false },
)

export const NewOrganizationBody = Type.Object(
  {
    name: Text(1, 100),
    policy: Type.Optional(PolicyInput),
    join: Type.Optional(
      Type.Boolean({ default: false, description: 'Whether you become its first administrator (role `admin`).' }),
    ),
  },
  { additionalProperties: false, examples: [{ name: 'Example Ltd', join: true, policy: { requireMfa: true } }] },
)

export const ChangeOrganizationBody = Type.Object(
  {
    name: Type.Optional(Text(1, 100)),
    enabled: Type.Optional(Type.Boolean()),
    policy: Type.Optional(PolicyInput),
  },
  {
    additionalProperties: false,
    minProperties: 1,
    examples: [{ policy: { requireMfa: true, sessions: { idleSeconds: 900 } } }],
  },
)

type PolicyInputValue = {
  readonly defaultRoles?: readonly string[]
  readonly requireMfa?: boolean
  readonly methods?: Policy['methods']
  readonly language?: Policy['language']
  readonly domainJoin?: Policy['domainJoin']
  readonly sessions?: {
    readonly absoluteSeconds?: number | null
    readonly idleSeconds?: number | null
    readonly most?: number | null
  }
}

/** A policy as it came in. What was left out stays as it is. */
export function policyWishOf(input: unknown): PolicyWish {
  const { sessions, ...wish } = input as PolicyInputValue
  if (sessions === undefined) return wish
  const { absoluteSeconds, idleSeconds, most } = sessions
  return {
    ...wish,
    sessions: {
      ...(absoluteSeconds === undefined ? {} : { absolute: milliseconds(absoluteSeconds) }),
      ...(idleSeconds === undefined ? {} : { idle: milliseconds(idleSeconds) }),
      ...(most === undefined ? {} : { most }),
    },
  }
}

function milliseconds(seconds: number | null): number | null {
  return seconds === null ? null : seconds * SECOND
}

const ORGANIZATION_EXAMPLE = {
  id: 'org_1hq3v0c9kd5m7w2x8p4t6r1a',
  name: 'Example Ltd',
  enabled: true,
  policy: {
    defaultRoles: ['user'],
    requireMfa: true,
    methods: ['password' as const, 'passkey' as const],
    language: null,
    domainJoin: 'automatic' as const,
    sessions: { absoluteSeconds: 28_800, idleSeconds: 900, most: null },
  },
  createdAt: '2026-01-15T09:29:00.000Z',
  createdBy: 'usr_1hq3v0c9kd5m7w2x8p4t6r1a',
  changedAt: '2026-01-15T09:30:00.000Z',
  changedBy: 'usr_1hq3v0c9kd5m7w2x8p4t6r1a',
}

export const OrganizationBody = withExample(
  Type.Object({
    id: Type.String(),
    name: Type.String(),
    enabled: Type.Boolean(),
    policy: Type.Object({ ...policyFields, sessions: Type.Object(sessionsOfPolicy) }),
    createdAt: Time,
    createdBy: Type.String(),
    changedAt: Time,
    changedBy: Type.String(),
  }),
  ORGANIZATION_EXAMPLE,
)

export function organizationBody({ id, name, enabled, policy, ...rest }: Organization) {
  const { absolute, idle, most } = policy.sessions
  return {
    id,
    name,
    enabled,
    policy: {
      defaultRoles: [...policy.defaultRoles],
      requireMfa: policy.requireMfa,
      methods: [...policy.methods],
      language: policy.language,
      domainJoin: policy.domainJoin,
      sessions: { absoluteSeconds: seconds(absolute), idleSeconds: seconds(idle), most },
    },
    createdAt: time(rest.createdAt),
    createdBy: rest.createdBy,
    changedAt: time(rest.changedAt),
    changedBy: rest.changedBy,
  }
}

function seconds(ms: number | null): number | null {
  return ms === null ? null : Math.floor(ms / SECOND)
}

export const MemberGrantsBody = Type.Object(
  {
    roles: Roles,
    scopes: Type.Optional(Type.Array(Scope, { maxItems: 100, uniqueItems: true, default: [] })),
    permissions: Type.Optional(Type.Array(Permission, { maxItems: 100, uniqueItems: true, default: [] })),
  },
  { additionalProperties: false, examples: [{ roles: ['developer'], scopes: [], permissions: ['audit:read'] }] },
)

export const MemberBody = withExample(
  Type.Object({
    id: Type.String({ description: 'The person.' }),
    email: Type.String(),
    name: Type.String(),
    enabled: Type.Boolean(),
    home: Type.Boolean({ description: 'Whether the account itself belongs to this organization.' }),
    roles: Type.Array(Type.String()),
    scopes: Type.Array(Type.String()),
    permissions: Type.Array(Type.String()),
    createdAt: Time,
  }),
  {
    id: 'usr_1hq3v0c9kd5m7w2x8p4t6r1a',
    email: 'ada@example.com',
    name: 'Ada Lovelace',
    enabled: true,
    home: false,
    roles: ['developer'],
    scopes: [],
    permissions: [],
    createdAt: '2026-01-15T09:30:00.000Z',
  },
)

export function memberBody({ person, membership }: Member) {
  const { id, email, name, enabled } = person
  return {
    id,
    email,
    name,
    enabled,
    home: person.organization === membership.organization,
    roles: [...membership.roles],
    scopes: [...membership.scopes],
    permissions: [...membership.permissions],
    createdAt: time(membership.createdAt),
  }
}

export const InvitationBody = withExample(
  Type.Object({
    id: Type.String(),
    email: Type.String(),
    roles: Type.Array(Type.String()),
    language: Language,
    status: Type.Enum([...INVITATION_STATUSES]),
    createdAt: Time,
    createdBy: Type.String(),
    expiresAt: Time,
    acceptedAt: Nullable(Time),
    revokedAt: Nullable(Time),
  }),
  {
    id: 'inv_1hq3v0c9kd5m7w2x8p4t6r1a',
    email: 'grace@example.com',
    roles: ['developer'],
    language: 'en',
    status: 'open',
    createdAt: '2026-01-15T09:30:00.000Z',
    createdBy: 'usr_1hq3v0c9kd5m7w2x8p4t6r1a',
    expiresAt: '2026-01-22T09:30:00.000Z',
    acceptedAt: null,
    revokedAt: null,
  },
)

export function invitationBody(invitation: Invitation, now: number) {
  const { id, email, roles, language, createdAt, createdBy, expiresAt, acceptedAt, revokedAt } = invitation
  return {
    id,
    email,
    roles: [...roles],
    language,
    status: statusOf(invitation, now),
    createdAt: time(createdAt),
    createdBy,
    expiresAt: time(expiresAt),
    acceptedAt: timeOrNull(acceptedAt),
    revokedAt: timeOrNull(revokedAt),
  }
}

export const DomainBody = withExample(
  Type.Object({
    domain: Type.String({ description: 'As the network knows it.' }),
    verified: Type.Boolean(),
    record: Type.Object(
      { type: Type.String(), name: Type.String(), value: Type.String() },
      { description: 'The DNS record that proves the domain. Leave it there: it is looked up every day.' },
    ),
    createdAt: Time,
    verifiedAt: Nullable(Time),
    checkedAt: Nullable(Time),
    misses: Type.Integer({ description: 'Look-ups in a row that did not find the record; the third ends it.' }),
  }),
  {
    domain: 'example.com',
    verified: true,
    record: {
      type: 'TXT',
      name: '_sallyport-challenge.example.com',
      value: 'sallyport-verification=Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4Zm9vYmFyYmE',
    },
    createdAt: '2026-01-15T09:30:00.000Z',
    verifiedAt: '2026-01-15T09:40:00.000Z',
    checkedAt: '2026-01-16T09:40:00.000Z',
    misses: 0,
  },
)

export function domainBody(domain: Domain) {
  return {
    domain: domain.domain,
    verified: domain.verifiedAt !== null,
    record: { ...recordOf(domain) },
    createdAt: time(domain.createdAt),
    verifiedAt: timeOrNull(domain.verifiedAt),
    checkedAt: timeOrNull(domain.checkedAt),
    misses: domain.misses,
  }
}
