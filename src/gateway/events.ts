import type { EventTable } from '../core/index.ts'

export const gatewayEvents: EventTable = Object.freeze({
  'request.allowed': {
    sentence: 'A request was forwarded and its answer, whatever its status, was passed on completely.',
    details: [],
  },
  'request.denied': {
    sentence: 'A request was refused before it reached an upstream. `stage` says by which stage.',
    details: ['stage', 'reason'],
  },
  'request.failed': {
    sentence: 'A request was allowed or still undecided, and ended without a complete answer from the upstream.',
    details: ['stage', 'reason', 'target'],
  },
})
