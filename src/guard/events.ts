import type { EventInput, EventTable, Problem } from '../core/index.ts'
import type { Refusal } from './safe-fetch.ts'

export const guardEvents = {
  'outbound.refused': {
    sentence:
      'A request to an address that somebody else named was not sent, because of where it leads; `why` is the rule, `address` what the name led to, `purpose` what it was for.',
    details: ['host', 'why', 'address', 'purpose'],
  },
  'answer.undocumented': {
    sentence:
      'An upstream answered otherwise than the document of its API says, and the answer was passed on; `why` is the place and the rule.',
    details: ['why'],
  },
} as const satisfies EventTable

/** The event of a request that was refused. */
export function refusalEvent(refusal: Refusal): EventInput {
  return { type: 'outbound.refused', outcome: 'denied', code: 'OUTBOUND_REFUSED', details: refusal }
}

/** The event of an answer that differs from its document, where that is told and not enforced. */
export function undocumentedEvent(route: string, requestId: string, { code, reason = '' }: Problem): EventInput {
  return { type: 'answer.undocumented', outcome: 'success', code, route, requestId, details: { why: reason } }
}
