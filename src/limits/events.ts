import type { EventTable } from '../core/index.ts'

export const limitEvents = {
  'limits.alone': {
    sentence: 'Redis does not answer: this process holds its part of each limit by itself.',
    details: ['processes', 'reason'],
  },
  'limits.local': {
    sentence:
      'Redis does not answer, and a route goes on with the limits of this process: told once for each route until Redis is back.',
    details: [],
  },
  'limits.shared': { sentence: 'Redis answers again: limits are shared by all processes.', details: ['processes'] },
} as const satisfies EventTable
