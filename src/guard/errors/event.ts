import type { EventDetail, EventInput, EventTable, Exchange } from '../../core/index.ts'

export const answerEvents = {
  'answer.error_replaced': {
    sentence:
      'An upstream answered with an error, and the caller got ours. `shows` says what the body told of the inside, `excerpt` is its start without what looks like a secret or a name.',
    details: ['status', 'shows', 'excerpt'],
  },
  'answer.leak_found': {
    sentence:
      'An answer held secrets or personal data: `kinds` says which, `count` how many, and `action` whether they were masked or the answer was not let out. What was found is not kept.',
    details: ['kinds', 'count', 'action'],
  },
} as const satisfies EventTable

/** The event about an answer, with who got it and where. */
export function answerEvent(
  type: keyof typeof answerEvents,
  { request, principal, route }: Exchange,
  details: Readonly<Record<string, EventDetail>>,
): EventInput {
  return {
    type,
    outcome: type === 'answer.leak_found' && details.action === 'block' ? 'denied' : 'success',
    principalKind: principal.kind,
    principal: principal.id,
    credential: principal.credential?.id ?? null,
    organization: principal.organization,
    address: request.client.text,
    method: request.method,
    route: route.id,
    requestId: request.id,
    details,
  }
}
