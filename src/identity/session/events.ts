import type { EventTable } from '../../core/index.ts'

export const sessionEvents = {
  'session.started': { sentence: 'A person signed in.', details: ['acr', 'amr', 'device'] },
  'session.ended': { sentence: 'A session was ended.', details: ['reason'] },
} as const satisfies EventTable
