import type { EventDetail, EventInput, EventTable, Exchange, Principal } from '../../core/index.ts'
import type { Risk } from './score.ts'

export const flowEvents = {
  'flow.assessed': {
    sentence:
      'The risk of a request in a flow of the business was told: `score`, and what each signal added to it. `verified` says whether a pass was used; where one is needed and missing the outcome is denied.',
    details: ['action', 'score', 'velocity', 'age', 'history', 'network', 'device', 'verified'],
  },
  'flow.verified': {
    sentence: 'Somebody solved a challenge and got a pass for one request.',
    details: ['action', 'kind'],
  },
  'flow.unverified': {
    sentence: 'A solution was not taken; `why` says what was wrong with it.',
    details: ['action', 'kind', 'why'],
  },
} as const satisfies EventTable

/** The event about a risk that was told. */
export function assessedEvent(
  { request, principal, route }: Exchange,
  action: string,
  { score, shares }: Risk,
  outcome: { readonly verified: boolean; readonly passes: boolean },
): EventInput {
  return {
    type: 'flow.assessed',
    outcome: outcome.passes ? 'success' : 'denied',
    code: outcome.passes ? null : 'VERIFICATION_REQUIRED',
    ...whoOf(principal),
    address: request.client.text,
    method: request.method,
    route: route.id,
    requestId: request.id,
    details: { action, score, ...shares, verified: outcome.verified },
  }
}

/** The event about a solution that was sent. Who sent it is not known. */
export function solvedEvent(
  type: 'flow.verified' | 'flow.unverified',
  route: string,
  details: Readonly<Record<string, EventDetail>>,
): EventInput {
  const good = type === 'flow.verified'
  return { type, outcome: good ? 'success' : 'denied', code: good ? null : 'VERIFICATION_FAILED', route, details }
}

function whoOf({ kind, id, credential, organization }: Principal) {
  return { principalKind: kind, principal: id, credential: credential?.id ?? null, organization }
}
