import type { EventTable } from '../../core/index.ts'

export const passkeyEvents = {
  'passkey.renamed': { sentence: 'A passkey or security key got another name.', details: ['person'] },
  'passkey.cloned': {
    sentence:
      'A passkey answered with a counter that had been seen before, as a copy of it does. It is refused until its owner or an administrator decides.',
    details: ['person', 'counter', 'seen'],
  },
  'passkey.resumed': {
    sentence: 'A passkey that was suspended as copied works again.',
    details: ['person'],
  },
} as const satisfies EventTable
