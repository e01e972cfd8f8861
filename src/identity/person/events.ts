import type { EventTable } from '../../core/index.ts'

export const personEvents = {
  'user.created': { sentence: 'A person was made, or registered.', details: ['roles', 'verified'] },
} as const satisfies EventTable
