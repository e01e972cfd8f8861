import type { EventTable } from '../../core/index.ts'

export const consentEvents = {
  'consent.granted': { sentence: 'A person agreed to what a client asked for.', details: ['client', 'scopes'] },
  'consent.denied': { sentence: 'A person said no to a client.', details: ['client', 'scopes'] },
  'consent.withdrawn': {
    sentence: 'What a person agreed to with a client was withdrawn; its tokens end.',
    details: ['client', 'subject', 'grants'],
  },
} as const satisfies EventTable
