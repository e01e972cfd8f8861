import type { EventTable } from '../../core/index.ts'

export const flowEvents = {
  'oauth.sign_in_approved': {
    sentence: 'A person approved that a program signs them in from afar.',
    details: ['clientId'],
  },
  'oauth.sign_in_denied': { sentence: 'A person refused a program that asked them from afar.', details: ['clientId'] },
  'oauth.token_exchanged': {
    sentence: 'A service traded a token for one that acts for somebody.',
    details: ['clientId', 'kind', 'subject', 'audience'],
  },
} as const satisfies EventTable
