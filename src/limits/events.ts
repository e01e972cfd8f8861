import type { EventTable } from '../core/index.ts'

export const limitEvents = {
  'limits.alone': {
    sentence: 'Redis does not answer: this process holds its part of each limit by itself.',
    details: ['processes', 'reason'],
  },
  'limits.shared': { sentence: 'Redis answers again: limits are shared by all processes.', details: ['processes'] },
} as const satisfies EventTable
