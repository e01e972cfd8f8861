import type { EventTable } from '../../core/index.ts'

export const reuseEvents = {
  'refresh_token.reused': {
    sentence: 'A refresh token was used again: somebody may have stolen it. All that came from its sign-in was ended.',
    details: ['client', 'subject'],
  },
  'authorization_code.reused': {
    sentence: 'A code was redeemed again: somebody may have stolen it. All that it brought was ended.',
    details: ['client', 'subject'],
  },
} as const satisfies EventTable
