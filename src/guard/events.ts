import type { EventInput, EventTable } from '../core/index.ts'
import type { Refusal } from './safe-fetch.ts'

export const guardEvents = {
  'outbound.refused': {
    sentence:
      'A request to an address that somebody else named was not sent, because of where it leads; `why` is the rule, `address` what the name led to, `purpose` what it was for.',
    details: ['host', 'why', 'address', 'purpose'],
  },
} as const satisfies EventTable

/** The event of a request that was refused. */
export function refusalEvent(refusal: Refusal): EventInput {
  return { type: 'outbound.refused', outcome: 'denied', code: 'OUTBOUND_REFUSED', details: refusal }
}
