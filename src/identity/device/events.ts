import type { EventTable } from '../../core/index.ts'

export const deviceEvents = {
  'device.new': { sentence: 'A person signed in with a browser for the first time.', details: ['label'] },
  'device.forgotten': { sentence: 'A person had one of their devices forgotten.', details: [] },
  'device.trust_withdrawn': { sentence: 'No device of a person stands for their second factor any more.', details: [] },
} as const satisfies EventTable
