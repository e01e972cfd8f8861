import type { EventTable } from '../core/index.ts'
import { clientEvents } from './client/events.ts'
import { consentEvents } from './consent/events.ts'
import { flowEvents } from './flow/events.ts'
import { protocolEvents } from './provider/tell.ts'
import { reuseEvents } from './refresh/events.ts'
import { registrationEvents } from './registration/events.ts'
import { revocationEvents } from './revocation/events.ts'
import { sessionEndEvents } from './session-end/events.ts'

export const oauthEvents = {
  'signing_key.created': { sentence: 'A key that signs tokens was made, and signs at once.', details: ['algorithm'] },
  'signing_key.published': { sentence: 'A key was made and published that will sign tokens.', details: ['algorithm'] },
  'signing_key.activated': { sentence: 'A published key began to sign tokens.', details: ['algorithm'] },
  'signing_key.retired': {
    sentence: 'A key signs no more; tokens that it signed are still believed.',
    details: ['algorithm'],
  },
  'signing_key.removed': {
    sentence: 'A key was destroyed; nothing that it signed is believed any more.',
    details: ['algorithm', 'leaked'],
  },
  ...clientEvents,
  ...consentEvents,
  ...flowEvents,
  ...registrationEvents,
  ...revocationEvents,
  ...protocolEvents,
  ...reuseEvents,
  ...sessionEndEvents,
} as const satisfies EventTable
