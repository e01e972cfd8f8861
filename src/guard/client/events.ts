import type { EventTable } from '../../core/index.ts'

/** What happens with third parties that a program asks. */
export const clientEvents = {
  'third_party.failed': {
    sentence:
      'A call to a third party brought no answer that could be used; `status` is what it answered last, `attempts` how often it was asked.',
    details: ['provider', 'status', 'attempts'],
  },
  'third_party.differed': {
    sentence:
      'A third party answered otherwise than agreed; `left` elements of a list were left out, or the whole answer (0), and `why` is the first place and rule.',
    details: ['provider', 'left', 'why'],
  },
  'third_party.opened': {
    sentence: 'A third party failed too often in a row: its circuit breaker is open, and it is not asked for a while.',
    details: ['provider', 'failures'],
  },
  'third_party.tried': {
    sentence: 'The circuit breaker of a third party is half open: one call at a time says whether it is well again.',
    details: ['provider'],
  },
  'third_party.closed': {
    sentence: 'A third party answered well again: its circuit breaker is closed.',
    details: ['provider'],
  },
} as const satisfies EventTable

export type ClientEvent = keyof typeof clientEvents
