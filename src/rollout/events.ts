import type { EventTable } from '../core/index.ts'

export const rolloutEvents = {
  'configuration.applied': {
    sentence: 'The gateway was told to be something else: a new version, which every process follows.',
    details: ['version', 'cause', 'digest', 'changed', 'count'],
  },
} as const satisfies EventTable
