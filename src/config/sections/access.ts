import { integer, map, nullable, orNull, section, text } from '../fields.ts'
import { propertiesOfTypesField } from './access-properties.ts'
import { accessRecordField } from './access-record.ts'

/** RFC 6749, section 3.3: scope-token. `*` alone is ours, so no name is that. */
const SCOPE_NAME = '^(?!\\*$)[\\u0021\\u0023-\\u005b\\u005d-\\u007e]{1,128}$'

/** What a person may hold by role (row K8). */
function roleField(role: string, mostKeys: number, rotationDays: number) {
  return section(`People with the role ${role}.`, {
    mostKeys: nullable(
      integer('Most active keys of one person. null means no limit.', { min: 0, max: 1_000_000, default: mostKeys }),
    ),
    rotationDays: integer('Days after which a key of theirs ends, however it is classified.', {
      min: 1,
      max: 365,
      default: rotationDays,
    }),
  })
}

export const accessFields = {
  access: section('Who may what: the scopes there are, and what comes with a role.', {
    record: accessRecordField,
    properties: propertiesOfTypesField,
    scopes: orNull(
      map(
        'The scopes there are, by name with a sentence. Once written, no key or service is given any other; those that routes require and the built-in ones are known anyway. null takes every well-formed scope.',
        text('What it lets do.', { maxLength: 255, examples: ['Read orders'] }),
        {
          names: SCOPE_NAME,
          form: 'is no good scope: up to 128 printable characters without spaces, quotes and `\\`, and not `*` alone',
          maxProperties: 1000,
        },
      ),
    ),
    roles: section('How many keys people may hold and for how long, by role. Of several roles the strictest counts.', {
      super_admin: roleField('super_admin', 5, 30),
      admin: roleField('admin', 10, 45),
      manager: roleField('manager', 15, 60),
      moderator: roleField('moderator', 15, 60),
      developer: roleField('developer', 20, 90),
      analyst: roleField('analyst', 10, 90),
      support: roleField('support', 15, 60),
      user: roleField('user', 10, 90),
      read_only: roleField('read_only', 25, 180),
    }),
  }),
}
