import { choice, duration, list, orNull, section, text } from '../fields.ts'
import { NAME, NAME_FORM } from './gateway-name.ts'

/** RFC 6749, section 3.3: scope-token. */
const SCOPE = '^[\\u0021\\u0023-\\u005b\\u005d-\\u007e]+$'
const PART = '(\\*|[A-Za-z0-9][A-Za-z0-9._-]{0,63})'
const PERMISSION = `^(\\*|${PART}(:${PART}){1,2})$`

const namedFrom = choice(
  'Where the request names the object: a parameter of the path or of the query.',
  ['path', 'query'],
  {
    default: 'path',
  },
)

const otherwise = (code: '404' | '403') =>
  choice('What others are told: 404, as of an object that does not exist, or 403.', ['404', '403'], { default: code })

export const requireField = section('What the caller must have been granted; all of it.', {
  scopes: list(
    'Scopes.',
    text('A scope.', {
      pattern: SCOPE,
      form: 'must be a scope: printable, no spaces, quotes or `\\`',
      maxLength: 128,
    }),
    {
      default: [],
      maxItems: 64,
    },
  ),
  permissions: list(
    'Permissions, as `resource:action`.',
    text('A permission.', {
      pattern: PERMISSION,
      form: 'must be a permission such as `orders:read`, `orders:*` or `orders:read:42`',
      maxLength: 200,
    }),
    { default: [], maxItems: 64 },
  ),
  roles: list(
    'Roles of the organization of the caller, built-in ones or its own, inherited ones too. Of a role the credential must carry all that it gives. Permissions are better: a role is a name that every organization fills as it likes.',
    text('The name of a role.', {
      pattern: '^[a-z][a-z0-9_-]{0,62}$',
      form: 'must be the name of a role, such as `admin` or `head-packer`',
      maxLength: 63,
    }),
    { default: [], maxItems: 64 },
  ),
  acr: orNull(
    choice(
      'How surely people must have proved who they are: one factor, two, or a passkey bound to one device. Machines prove no such thing, and are refused.',
      ['aal1', 'aal2', 'aal3'],
      {},
    ),
  ),
  maxAge: orNull(duration('How long ago they may have proved it. Machines are refused.', { min: '1s', max: '365d' })),
  level: orNull(
    choice(
      'Who they must be: anybody with a good credential (`known`), a person (`person`), a machine (`machine`), or whoever holds the permission `gateway:administer` (`admin`).',
      ['known', 'person', 'machine', 'admin'],
      {},
    ),
  ),
  owner: orNull(
    section('The object must be theirs. `access.properties` says whose an object of the type is.', {
      type: text('The type in `access.properties`.', { maxLength: 64 }),
      from: choice(
        'Where it says whose it is: a parameter of the path, a parameter of the query, a property of the body, or the answer of the upstream, which nobody sees before. With `answer` a request that changes something is sent on only after a `GET` of the same path said that it is theirs.',
        ['path', 'query', 'body', 'answer'],
        {},
      ),
      name: orNull(text('The parameter or property that names the owner. With `answer` null.', { maxLength: 255 })),
      otherwise: otherwise('404'),
    }),
  ),
  relation: orNull(
    section('The caller must have a relation to the object, by the tuples of their organization.', {
      relation: text('The relation, such as `viewer`.', { pattern: NAME, form: NAME_FORM }),
      type: text('The type of the object in the model of relations.', { pattern: NAME, form: NAME_FORM }),
      from: namedFrom,
      name: text('The parameter that names the object.', { maxLength: 255 }),
      otherwise: otherwise('404'),
    }),
  ),
  policy: orNull(
    section('Policies, permissions and relations together must allow an action, and none of them deny it.', {
      action: text('The action, such as `read`.', { pattern: NAME, form: NAME_FORM }),
      type: text('The type of the object.', { pattern: NAME, form: NAME_FORM }),
      from: namedFrom,
      name: orNull(
        text('The parameter that names the object; null asks about the type as a whole.', { maxLength: 255 }),
      ),
      otherwise: otherwise('403'),
    }),
  ),
})
