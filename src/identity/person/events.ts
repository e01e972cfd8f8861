import type { EventTable } from '../../core/index.ts'

export const personEvents = {
  'user.created': { sentence: 'A person was made, or registered.', details: ['roles', 'verified'] },
  'user.imported': {
    sentence: 'A person was brought from another system.',
    details: ['roles', 'verified', 'password'],
  },
  'user.registered_again': {
    sentence: 'Somebody registered with an address that has an account, or waits to be verified.',
    details: ['verified'],
  },
  'user.verified': { sentence: 'A person proved that their mail address is theirs.', details: ['by'] },
  'user.expired': { sentence: 'A registration that nobody confirmed was removed.', details: [] },
  'user.changed': { sentence: 'What is known of a person was changed.', details: ['fields'] },
  'user.granted': { sentence: 'What a person may was changed.', details: ['roles', 'scopes', 'permissions'] },
  'user.enabled': { sentence: 'A disabled person may come in again.', details: [] },
  'user.disabled': { sentence: 'A person was disabled and signed out everywhere.', details: [] },
  'user.locked': { sentence: 'An administrator locked a person out.', details: ['until'] },
  'user.unlocked': { sentence: 'Every lock of a person was lifted.', details: [] },
  'user.email_changed': { sentence: 'A person confirmed another mail address.', details: [] },
  'user.exported': { sentence: 'A person took along everything that is kept about them.', details: [] },
  'user.erased': { sentence: 'A person was erased, and their keys were revoked.', details: ['keys'] },
  'user.password_asked': { sentence: 'A link to choose a new password was mailed.', details: ['by'] },
  'user.password_changed': { sentence: 'A person’s password was changed.', details: ['by'] },
} as const satisfies EventTable
