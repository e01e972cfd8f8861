import type { EventTable } from '../../core/index.ts'

export const sessionEndEvents = {
  'backchannel_logout.sent': {
    sentence: 'A client was told that a session is over.',
    details: ['client', 'subject', 'attempts'],
  },
  'backchannel_logout.failed': {
    sentence: 'A client could not be told that a session is over, and is not asked again.',
    details: ['client', 'subject', 'attempts', 'reason'],
  },
} as const satisfies EventTable
