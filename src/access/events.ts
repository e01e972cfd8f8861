import type { EventTable } from '../core/index.ts'

export const accessEvents = {
  'role.created': { sentence: 'A role was made.', details: ['inherits', 'scopes', 'permissions'] },
  'role.changed': {
    sentence: 'What a role gives was changed, for everybody who has it.',
    details: ['inherits', 'scopes', 'permissions', 'weakened'],
  },
  'role.deleted': { sentence: 'A role was deleted.', details: ['takenFrom'] },
} as const satisfies EventTable
