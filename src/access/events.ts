import type { EventTable } from '../core/index.ts'

export const accessEvents = {
  'role.created': { sentence: 'A role was made.', details: ['inherits', 'scopes', 'permissions'] },
  'role.changed': {
    sentence: 'What a role gives was changed, for everybody who has it.',
    details: ['inherits', 'scopes', 'permissions', 'weakened'],
  },
  'role.deleted': { sentence: 'A role was deleted.', details: ['takenFrom'] },
  'grant.given': {
    sentence: 'Somebody was granted a role, a permission or a scope.',
    details: ['principal', 'gives', 'reason', 'until'],
  },
  'grant.ended': {
    sentence: 'A grant was ended before its time.',
    details: ['principal', 'gives', 'reason', 'until'],
  },
} as const satisfies EventTable
