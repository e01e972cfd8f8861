import type { Static } from 'typebox'
import { Type } from '../../core/index.ts'
import { Nullable, Prose, Text, withExample } from '../../http/index.ts'
import type { Role } from '../access.ts'
import { PERMISSION_PATTERN } from '../permission.ts'
import { ANY_ROLE_PATTERN, MOST_INHERITED, MOST_NAMED, ROLE_NAME_PATTERN } from './role.ts'

const READ_ONLY = {
  name: 'read_only',
  description: 'Reads, changes nothing but keys of their own.',
  builtIn: true,
  inherits: [],
  scopes: ['read'],
  permissions: ['keys:create', 'keys:read', 'keys:update', 'keys:revoke', '*:read'],
  holds: {
    scopes: ['read'],
    permissions: ['keys:create', 'keys:read', 'keys:update', 'keys:revoke', '*:read'],
  },
  mostKeys: 25,
  rotationDays: 180,
  createdAt: null,
  createdBy: null,
  changedAt: null,
  changedBy: null,
  version: null,
}
const PACKER = {
  name: 'packer',
  description: 'Packs parcels.',
  builtIn: false,
  inherits: ['read_only'],
  scopes: [],
  permissions: ['parcels:*'],
  holds: {
    scopes: ['read'],
    permissions: ['parcels:*', 'keys:create', 'keys:read', 'keys:update', 'keys:revoke', '*:read'],
  },
  mostKeys: 25,
  rotationDays: 180,
  createdAt: '2026-03-01T09:00:00.000Z',
  createdBy: 'usr_1hq3v0c9kd5m7w2x8p4t6r1a',
  changedAt: '2026-03-01T09:00:00.000Z',
  changedBy: 'usr_1hq3v0c9kd5m7w2x8p4t6r1a',
  version: 1,
}

const Names = Type.Array(Type.String())
export const RoleBody = withExample(
  Type.Object({
    name: Type.String(),
    description: Type.String(),
    builtIn: Type.Boolean(),
    inherits: Names,
    scopes: Names,
    permissions: Names,
    holds: Type.Object(
      { scopes: Names, permissions: Names },
      { description: 'What it gives with all that it inherits.' },
    ),
    mostKeys: Nullable(Type.Integer({ description: 'Active keys of one person; null is no limit.' })),
    rotationDays: Type.Integer({ description: 'Days after which a key of theirs ends.' }),
    createdAt: Nullable(Type.String()),
    createdBy: Nullable(Type.String()),
    changedAt: Nullable(Type.String()),
    changedBy: Nullable(Type.String()),
    version: Nullable(Type.Integer()),
  }),
  READ_ONLY,
  PACKER,
)

export const RoleName = Type.String({
  pattern: ROLE_NAME_PATTERN,
  description: 'Lower-case letters, digits and hyphens.',
})
export const AnyRoleName = Type.String({ pattern: ANY_ROLE_PATTERN, description: 'The name of a role.' })

const said = {
  description: Prose(0, 500),
  inherits: Type.Array(AnyRoleName, {
    maxItems: MOST_INHERITED,
    description: 'Roles whose holdings it has too, built-in or your own.',
  }),
  scopes: Type.Array(Text(1, 128), { maxItems: MOST_NAMED }),
  permissions: Type.Array(Type.String({ maxLength: 200, pattern: PERMISSION_PATTERN }), { maxItems: MOST_NAMED }),
}
const optional = Type.Partial(Type.Object(said)).properties

export const NewRoleBody = Type.Object(
  { name: RoleName, ...optional },
  {
    additionalProperties: false,
    examples: [{ name: 'packer', description: 'Packs parcels.', inherits: ['read_only'], permissions: ['parcels:*'] }],
  },
)
export const ChangeRoleBody = Type.Object(optional, {
  additionalProperties: false,
  minProperties: 1,
  examples: [{ permissions: ['parcels:read'] }],
})

/** A role as HTTP tells it. */
export function roleBody({ own, ...role }: Role): Static<typeof RoleBody> {
  return {
    ...role,
    inherits: [...role.inherits],
    scopes: [...role.scopes],
    permissions: [...role.permissions],
    holds: { scopes: [...role.holds.scopes], permissions: [...role.holds.permissions] },
    createdAt: own === null ? null : new Date(own.createdAt).toISOString(),
    createdBy: own?.createdBy ?? null,
    changedAt: own === null ? null : new Date(own.changedAt).toISOString(),
    changedBy: own?.changedBy ?? null,
    version: own?.version ?? null,
  }
}
