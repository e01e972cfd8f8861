import type { EventTable } from '../../core/index.ts'

export const decisionEvents = {
  'access.allowed': {
    sentence: 'A decision allowed somebody something. One in so many is recorded, as `access.record` says.',
    details: ['action', 'decidedBy', 'because', 'askedBy'],
  },
  'access.denied': {
    sentence: 'A decision denied somebody something.',
    details: ['action', 'decidedBy', 'because', 'askedBy'],
  },
} as const satisfies EventTable
