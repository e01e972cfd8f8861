import type { EventTable } from '../../core/index.ts'

export const deviceEvents = {
  'device.new': { sentence: 'A person signed in with a browser for the first time.', details: ['label'] },
} as const satisfies EventTable
