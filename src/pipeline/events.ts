import type { EventTable } from '../core/index.ts'

/** How a request ends, at the gateway and inside an application. */
export const requestEvents: EventTable = Object.freeze({
  'request.allowed': {
    sentence: 'A request was let through and answered completely, whatever the status of the answer.',
    details: ['reporter'],
  },
  'websocket.closed': {
    sentence: 'A WebSocket that was let through is over. `close` is the code it was closed with, `by` who closed it.',
    details: ['close', 'by'],
  },
  'request.denied': {
    sentence: 'A request was refused before it reached what it asked for. `stage` says by which stage.',
    details: ['stage', 'reason', 'reporter'],
  },
  'request.failed': {
    sentence: 'A request was allowed or still undecided, and ended without a complete answer.',
    details: ['stage', 'reason', 'target', 'reporter'],
  },
})
