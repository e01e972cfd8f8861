/**
 * Permissions that let one person do what the others are there to prevent: only themselves and the whole `*` cover them,
 * no `keys:*`.
 */
export const LOUD_PERMISSIONS: ReadonlySet<string> = new Set([
  'keys:approve',
  'keys:emergency',
  'keys:grant-any',
  'tokens:delegate',
  'tokens:impersonate',
  'users:impersonate',
])

/** The permissions that our own control plane asks for, each with what it lets do. A route that asks for another fails a test. */
export const CONTROL_PERMISSIONS: Readonly<Record<string, string>> = {
  'access:manage': 'Make, change and delete roles of the organization; grant and end grants.',
  'access:evaluate': 'Ask whether others may: the questions of an application, over AuthZEN.',
  'access:read': 'See which roles, scopes and permissions there are.',
  'audit:export': 'Take the record of what happened along.',
  'audit:read': 'Search and follow the record of what happened.',
  'audit:verify': 'Have the record checked for tampering.',
  'clients:create': 'Register clients of the authorization server.',
  'clients:delete': 'Delete clients.',
  'clients:read': 'See clients.',
  'clients:update': 'Change, disable and enable clients; add and revoke their secrets.',
  'gateway:explain': 'Be told in the head of an answer what each stage of the gateway said (`X-Sallyport-Explain`).',
  'gateway:inspect': 'See what is behind the gateway: what is declared, what is asked for, and what differs.',
  'configuration:manage': 'Change the routes and upstreams of the gateway, and roll them back.',
  'configuration:read': 'See the routes and upstreams of the gateway, and what they were.',
  'keys:approve': 'Approve or reject what waits for another person.',
  'keys:create': 'Make keys of one’s own.',
  'keys:emergency': 'Rotate at once where an approval would be needed, or take a key out of a class that needs one.',
  'keys:grant-any': 'Give keys every scope, `*` included, without holding it.',
  'keys:import': 'Take over keys of another system.',
  'keys:manage': 'See and change every key of the organization.',
  'keys:read': 'See keys of one’s own.',
  'keys:report': 'Report a leaked key.',
  'keys:revoke': 'End keys of one’s own.',
  'keys:update': 'Change keys of one’s own.',
  'keys:verify': 'Ask whether a presented key is valid.',
  'notices:manage': 'Change webhooks, and have deliveries sent again.',
  'notices:read': 'See webhooks, their deliveries and the development outbox.',
  'organizations:manage': 'Make and change organizations, their members, invitations and domains.',
  'organizations:read': 'See organizations and who belongs to them.',
  'policies:manage': 'Change policies, their schema, and what is known of entities.',
  'policies:read': 'See policies, what they said before, and what is known of entities.',
  'relations:check': 'Ask who is related to what.',
  'relations:manage': 'Write and remove tuples of relations, and replace the model of them.',
  'relations:read': 'See tuples of relations and the model of them.',
  'services:manage': 'Register, change and disable services.',
  'services:read': 'See services.',
  'signing-keys:manage': 'Rotate the keys that sign tokens.',
  'signing-keys:read': 'See the keys that sign tokens.',
  'tokens:delegate': 'Trade the token of a person for one with which a client acts for them, named as who acts.',
  'tokens:impersonate': 'Trade the token of a person for one with which a client acts as if it were them.',
  'tokens:inspect': 'See what an access token says.',
  'tokens:revoke': 'End access tokens: one, or all of a session, a person or a client.',
  'tokens:verify': 'Ask whether an access token is good.',
  'users:impersonate': 'Act in the name of a person.',
  'users:manage': 'Make, change, lock, recover and erase people.',
  'users:read': 'See people and their sessions.',
}

/** What our own control plane has permissions on. Data behind the gateway of the same name is asked for by name too. */
export const CONTROL_RESOURCES: ReadonlySet<string> = new Set(
  Object.keys(CONTROL_PERMISSIONS).map((permission) => permission.split(':', 1)[0] as string),
)
