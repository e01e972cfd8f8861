import type { EventTable } from '../../core/index.ts'

export const revocationEvents = {
  'token.revoked': {
    sentence: 'Tokens were revoked before their end: one, or all of a session, a grant, a person or a client.',
    details: ['kind', 'ref'],
  },
} as const satisfies EventTable
