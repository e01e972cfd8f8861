import type { EventTable } from '../core/index.ts'

export const guardEvents = {
  'outbound.refused': {
    sentence:
      'A request to an address that somebody else named was not sent, because of where it leads; `why` is the rule, `address` what the name led to, `purpose` what it was for.',
    details: ['host', 'why', 'address', 'purpose'],
  },
} as const satisfies EventTable
