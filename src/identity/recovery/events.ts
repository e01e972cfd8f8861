import type { EventTable } from '../../core/index.ts'

export const recoveryEvents = {
  'recovery.started': {
    sentence: 'An administrator began to recover the account of somebody who lost their second factors.',
    details: ['reason', 'recovery', 'ready'],
  },
  'recovery.stopped': { sentence: 'A recovery was stopped.', details: ['recovery', 'by'] },
  'recovery.finished': {
    sentence: 'A recovery was finished: password and second factors of a person were removed.',
    details: ['recovery', 'factors'],
  },
} as const satisfies EventTable
