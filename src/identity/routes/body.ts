import { LEVELS, Type } from '../../core/index.ts'
import { Nullable, Text, Time, withExample } from '../../http/index.ts'
import { LANGUAGES, type Person } from '../person/person.ts'
import { assuranceOf, type Session } from '../session/session.ts'

function time(at: number): string {
  return new Date(at).toISOString()
}

function timeOrNull(at: number | null): string | null {
  return at === null ? null : time(at)
}

export const PersonBody = withExample(
  Type.Object({
    id: Type.String(),
    organization: Type.String({ description: 'Whose administrators rule over the account.' }),
    email: Type.String(),
    verifiedAt: Nullable(Time),
    name: Type.String(),
    language: Type.Enum([...LANGUAGES]),
    enabled: Type.Boolean(),
    lockedUntil: Nullable(Time),
    phone: Nullable(Type.String()),
    lastSignInAt: Nullable(Time),
    signIns: Type.Integer(),
    createdAt: Time,
    changedAt: Time,
  }),
  {
    id: 'usr_1hq3v0c9kd5m7w2x8p4t6r1a',
    organization: 'org_default',
    email: 'ada@example.com',
    verifiedAt: '2026-01-15T09:30:00.000Z',
    name: 'Ada Lovelace',
    language: 'en',
    enabled: true,
    lockedUntil: null,
    phone: null,
    lastSignInAt: '2026-02-01T08:00:00.000Z',
    signIns: 12,
    createdAt: '2026-01-15T09:29:00.000Z',
    changedAt: '2026-01-15T09:30:00.000Z',
  },
)

export function personBody(person: Person) {
  const { id, organization, email, name, language, enabled, phone, signIns } = person
  return {
    id,
    organization,
    email,
    verifiedAt: timeOrNull(person.verifiedAt),
    name,
    language,
    enabled,
    lockedUntil: timeOrNull(person.lockedUntil),
    phone,
    lastSignInAt: timeOrNull(person.lastSignInAt),
    signIns,
    createdAt: time(person.createdAt),
    changedAt: time(person.changedAt),
  }
}

export const SessionBody = withExample(
  Type.Object({
    id: Type.String(),
    organization: Type.String(),
    current: Type.Boolean({ description: 'Whether it is the one that asks.' }),
    label: Type.String({ description: 'Made from what the browser says of itself.' }),
    address: Nullable(Type.String()),
    country: Nullable(Type.String()),
    acr: Type.Enum([...LEVELS]),
    amr: Type.Array(Type.String()),
    impersonatedBy: Nullable(Type.String()),
    createdAt: Time,
    usedAt: Time,
    endsAt: Time,
  }),
  {
    id: 'ses_1hq3v0c9kd5m7w2x8p4t6r1a',
    organization: 'org_default',
    current: true,
    label: 'Firefox on Linux',
    address: '198.51.100.7',
    country: 'DE',
    acr: 'aal2',
    amr: ['pwd', 'otp', 'mfa'],
    impersonatedBy: null,
    createdAt: '2026-02-01T08:00:00.000Z',
    usedAt: '2026-02-01T08:20:00.000Z',
    endsAt: '2026-02-02T08:00:00.000Z',
  },
)

/** @param current the id of the session that asks, or null */
export function sessionBody(session: Session, current: string | null) {
  const { acr, amr } = assuranceOf(session.proofs)
  const { id, organization, label, address, country } = session
  return {
    id,
    organization,
    current: id === current,
    label,
    address,
    country,
    acr,
    amr: [...amr],
    impersonatedBy: session.impersonation?.by ?? null,
    createdAt: time(session.createdAt),
    usedAt: time(session.usedAt),
    endsAt: time(session.endsAt),
  }
}

/**
 * A mail address as it comes in: text without control characters and halves of characters. What it may look like
 * otherwise is judged where it is used, in the same time for all.
 */
export const EmailInput = Type.String({
  minLength: 3,
  maxLength: 254,
  pattern: '^[^\\p{Cc}\\p{Cs}]*$',
  examples: ['ada@example.com'],
})
/** The organization that somebody wants to act in. */
export const OrganizationInput = Type.String({
  minLength: 1,
  maxLength: 64,
  pattern: '^[!-~]*$',
  examples: ['org_default'],
})
export const PasswordInput = Type.String({ minLength: 1, maxLength: 1024, examples: ['correct horse battery staple'] })
export const FlowInput = Type.String({
  minLength: 10,
  maxLength: 64,
  description: 'The `flow` that the step before was answered with.',
  examples: ['spf_Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4Zm9vYmFyYmE'],
})
export const NameInput = Text(1, 128)
