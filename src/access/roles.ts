/** What a built-in role is: what it is for, and what whoever has it holds. */
export type RoleDefinition = {
  readonly sentence: string
  readonly scopes: readonly string[]
  readonly permissions: readonly string[]
}

/** Whoever may sign in may look after keys of their own; without `keys:manage` nobody sees others'. */
const OWN_KEYS = ['keys:create', 'keys:read', 'keys:update', 'keys:revoke'] as const

/**
 * The roles that are there from the start. Permissions of our own control plane are named; those on the data behind the
 * gateway are by action (`*:read`), because their resources are not known here.
 */
export const ROLES = {
  super_admin: { sentence: 'Everything.', scopes: ['*'], permissions: ['*'] },
  admin: {
    sentence: 'Runs the installation and all data, but not the keys that sign and seal.',
    scopes: ['*'],
    permissions: [
      'keys:*',
      'keys:approve',
      'services:*',
      'clients:*',
      'tokens:inspect',
      'tokens:revoke',
      'users:*',
      'users:impersonate',
      'organizations:*',
      'audit:*',
      'access:*',
      'configuration:*',
      'notices:*',
      'gateway:administer',
      'gateway:explain',
      'gateway:inspect',
      'policies:*',
      'relations:*',
      '*:read',
      '*:write',
      '*:delete',
    ],
  },
  manager: {
    sentence: 'Looks after services and everybody’s keys, and approves rotations.',
    scopes: ['read', 'write', 'delete'],
    permissions: [
      ...OWN_KEYS,
      'keys:manage',
      'keys:approve',
      'keys:verify',
      'services:read',
      'services:manage',
      'clients:read',
      'users:read',
      'organizations:read',
      'audit:read',
      'access:read',
      'policies:read',
      'relations:read',
      'relations:check',
      '*:read',
      '*:write',
    ],
  },
  moderator: {
    sentence: 'Changes and removes data of others.',
    scopes: ['read', 'write', 'delete'],
    permissions: [...OWN_KEYS, 'audit:read', '*:read', '*:write', '*:delete'],
  },
  developer: {
    sentence: 'Builds against the API with keys of their own.',
    scopes: ['read', 'write'],
    permissions: [
      ...OWN_KEYS,
      'keys:verify',
      'services:read',
      'clients:read',
      'access:read',
      'policies:read',
      'relations:read',
      'relations:check',
      '*:read',
      '*:write',
    ],
  },
  analyst: {
    sentence: 'Reads data and the record of what happened.',
    scopes: ['read'],
    permissions: [...OWN_KEYS, 'audit:read', 'audit:verify', 'audit:export', '*:read'],
  },
  support: {
    sentence: 'Finds out why something was refused.',
    scopes: ['read'],
    permissions: [...OWN_KEYS, 'keys:verify', 'services:read', 'clients:read', 'users:read', 'audit:read', '*:read'],
  },
  user: { sentence: 'Uses the API with keys of their own.', scopes: ['read', 'write'], permissions: OWN_KEYS },
  read_only: {
    sentence: 'Reads, changes nothing but keys of their own.',
    scopes: ['read'],
    permissions: [...OWN_KEYS, '*:read'],
  },
} as const satisfies Readonly<Record<string, RoleDefinition>>

export type RoleName = keyof typeof ROLES

export const ROLE_NAMES = Object.freeze(Object.keys(ROLES)) as readonly RoleName[]

/** The role of a name, or undefined: a role that is not known gives nothing. */
export function roleOf(name: string): RoleDefinition | undefined {
  return Object.hasOwn(ROLES, name) ? ROLES[name as RoleName] : undefined
}
