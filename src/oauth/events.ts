import type { EventTable } from '../core/index.ts'

export const oauthEvents = {
  'signing_key.created': { sentence: 'A key that signs tokens was made.', details: ['algorithm'] },
} as const satisfies EventTable
