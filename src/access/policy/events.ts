import type { EventTable } from '../../core/index.ts'

export const policyEvents = {
  'policy.created': { sentence: 'A policy was made.', details: ['name', 'enabled'] },
  'policy.updated': { sentence: 'A policy was changed.', details: ['name', 'fields', 'version'] },
  'policy.rolled_back': { sentence: 'A policy says again what it said before.', details: ['name', 'to', 'version'] },
  'policy.deleted': { sentence: 'A policy was deleted.', details: ['name'] },
  'policy.schema_changed': { sentence: 'The schema that policies are held against was changed.', details: ['version'] },
  'policy.disagreed': {
    sentence:
      'Compiled policies decided otherwise than Cedar itself, which decides alone from then on. It is a fault of Sallyport: please report it.',
    details: ['action', 'compiled', 'judged'],
  },
} as const satisfies EventTable
