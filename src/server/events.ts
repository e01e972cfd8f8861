import { accessEvents, decisionEvents, policyEvents, relationEvents } from '../access/index.ts'
import { auditEvents } from '../audit/index.ts'
import type { EventTable } from '../core/index.ts'
import { gatewayEvents } from '../gateway/index.ts'
import { answerEvents, clientEvents, flowEvents, guardEvents } from '../guard/index.ts'
import { identityEvents } from '../identity/index.ts'
import { keyEvents } from '../keys/index.ts'
import { limitEvents } from '../limits/index.ts'
import { noticeEvents } from '../notices/index.ts'
import { oauthEvents } from '../oauth/index.ts'
import { requestEvents } from '../pipeline/index.ts'
import { rolloutEvents } from '../rollout/index.ts'

export const serverEvents = {
  'server.started': { sentence: 'A process began to serve.', details: ['role', 'version', 'node'] },
  'server.stopped': { sentence: 'A process stopped serving in order.', details: ['role', 'node'] },
  'secrets.rotated': { sentence: 'Data keys, the master key or the pepper were changed.', details: ['what', 'count'] },
  'certificates.changed': {
    sentence: 'Files of certificates changed, and the new ones are in use.',
    details: ['at', 'until'],
  },
  'certificates.refused': {
    sentence: 'Files of certificates changed and are no good; the last good ones stay in use.',
    details: ['at', 'reason'],
  },
  'configuration.changed': {
    sentence: 'Another configuration is in force at the gateway of this process.',
    details: ['version', 'changed', 'count'],
  },
  'configuration.refused': {
    sentence: 'A configuration is no good or cannot change in a running process; the last good one stays in force.',
    details: ['reason', 'count'],
  },
  'api.allowed': { sentence: 'The control plane answered a request.', details: [] },
  'api.denied': { sentence: 'The control plane refused a request.', details: [] },
  'api.failed': { sentence: 'The control plane could not answer a request.', details: [] },
} as const satisfies EventTable

/** Every event that anything of ours can tell. */
export const allEvents: readonly EventTable[] = [
  serverEvents,
  auditEvents,
  accessEvents,
  policyEvents,
  relationEvents,
  decisionEvents,
  noticeEvents,
  keyEvents,
  identityEvents,
  limitEvents,
  guardEvents,
  answerEvents,
  flowEvents,
  clientEvents,
  oauthEvents,
  requestEvents,
  gatewayEvents,
  rolloutEvents,
]
