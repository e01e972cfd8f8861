import type { EventTable } from '../core/index.ts'

export const auditEvents = {
  'audit.dropped': {
    sentence: 'Access events were lost because more came than could be written. `count` says how many.',
    details: ['count'],
  },
} as const satisfies EventTable
