import { PERMISSION_PATTERN } from '../../access/index.ts'
import { Type } from '../../core/index.ts'
import { Nullable, Text, withExample } from '../../http/index.ts'
import type { Member } from '../person/member.ts'
import { LANGUAGES } from '../person/person.ts'
import { EmailInput, PasswordInput, PersonBody, personBody } from './body.ts'

/** A person, for examples. */
export const PERSON_EXAMPLE = {
  id: 'usr_1hq3v0c9kd5m7w2x8p4t6r1a',
  organization: 'org_default',
  email: 'ada@example.com',
  verifiedAt: '2026-01-15T09:30:00.000Z',
  name: 'Ada Lovelace',
  language: 'en' as const,
  enabled: true,
  lockedUntil: null,
  phone: null,
  lastSignInAt: '2026-02-01T08:00:00.000Z',
  signIns: 12,
  createdAt: '2026-01-15T09:29:00.000Z',
  changedAt: '2026-01-15T09:30:00.000Z',
}

export const USER_EXAMPLE = { ...PERSON_EXAMPLE, roles: ['developer'], scopes: [], permissions: [] }

const held = {
  roles: Type.Array(Type.String()),
  scopes: Type.Array(Type.String()),
  permissions: Type.Array(Type.String()),
}

/** A person as the administrators of an organization see them: the account, and what was granted here. */
export const UserBody = withExample(Type.Object({ ...PersonBody.properties, ...held }), USER_EXAMPLE)

/** The same when it was just made; a one-time password is told this once. */
export const MadeUserBody = withExample(
  Type.Object({ ...PersonBody.properties, ...held, password: Nullable(Type.String()) }),
  { ...USER_EXAMPLE, password: null },
)

export function userBody({ person, membership }: Member) {
  const { roles, scopes, permissions } = membership
  return { ...personBody(person), roles: [...roles], scopes: [...scopes], permissions: [...permissions] }
}

export const UserParams = Type.Object({
  id: Type.String({ pattern: '^usr_[0-9a-z]{24}$', examples: ['usr_1hq3v0c9kd5m7w2x8p4t6r1a'] }),
})

const Role = Type.String({ minLength: 1, maxLength: 64, pattern: '^[^\\p{Cc}\\p{Cs}]*$' })
const Scope = Type.String({ minLength: 1, maxLength: 128, pattern: '^[\\x21\\x23-\\x5b\\x5d-\\x7e]+$' })
const Permission = Type.String({ maxLength: 200, pattern: PERMISSION_PATTERN })
const Roles = Type.Array(Role, { maxItems: 20, uniqueItems: true })
const Language = Type.Enum([...LANGUAGES])
const Name = Text(1, 128)

export const NewUserBody = Type.Object(
  {
    email: EmailInput,
    name: Type.Optional(Name),
    language: Type.Optional(Language),
    roles: Type.Optional(Roles),
    verified: Type.Optional(Type.Boolean({ description: 'Whether you vouch for the address.' })),
    password: Type.Optional(PasswordInput),
    oneTimePassword: Type.Optional(
      Type.Boolean({ description: 'Makes a password, told once, that has to be changed at the first sign-in.' }),
    ),
    mustChangePassword: Type.Optional(Type.Boolean()),
  },
  {
    additionalProperties: false,
    description: 'Without a password a link to choose one is mailed.',
    examples: [{ email: 'ada@example.com', name: 'Ada Lovelace', roles: ['developer'] }],
  },
)

export const ChangeUserBody = Type.Object(
  {
    name: Type.Optional(Name),
    language: Type.Optional(Language),
    enabled: Type.Optional(Type.Boolean()),
    verified: Type.Optional(Type.Boolean()),
    roles: Type.Optional(Roles),
    scopes: Type.Optional(Type.Array(Scope, { maxItems: 100, uniqueItems: true })),
    permissions: Type.Optional(Type.Array(Permission, { maxItems: 100, uniqueItems: true })),
  },
  { additionalProperties: false, examples: [{ roles: ['developer'] }] },
)

export const ImportUsersBody = Type.Object(
  {
    users: Type.Array(
      Type.Object(
        {
          email: EmailInput,
          name: Type.Optional(Name),
          language: Type.Optional(Language),
          roles: Type.Optional(Roles),
          verified: Type.Optional(Type.Boolean()),
          passwordHash: Type.Optional(Type.String({ minLength: 1, maxLength: 512 })),
        },
        { additionalProperties: false },
      ),
      { minItems: 1, maxItems: 500 },
    ),
  },
  {
    additionalProperties: false,
    examples: [
      {
        users: [
          {
            email: 'ada@example.com',
            name: 'Ada Lovelace',
            passwordHash: '$2b$12$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW',
          },
        ],
      },
    ],
  },
)
