import type { EventTable } from '../core/index.ts'
import { clientEvents } from './client/events.ts'

export const oauthEvents = {
  'signing_key.created': { sentence: 'A key that signs tokens was made.', details: ['algorithm'] },
  ...clientEvents,
} as const satisfies EventTable
