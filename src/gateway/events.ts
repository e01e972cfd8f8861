import type { EventTable } from '../core/index.ts'

/** What happens to the targets of upstreams. */
export const gatewayEvents = {
  'target.opened': {
    sentence: 'A target failed too often in a row: its circuit breaker is open, and it gets no requests for a while.',
    details: ['upstream', 'target', 'failures'],
  },
  'target.tried': {
    sentence: 'The circuit breaker of a target is half open: one request at a time says whether it is well again.',
    details: ['upstream', 'target'],
  },
  'target.closed': {
    sentence: 'A target answered well again: its circuit breaker is closed.',
    details: ['upstream', 'target'],
  },
  'target.unhealthy': {
    sentence: 'A target failed its health checks: it gets no requests until it passes them.',
    details: ['upstream', 'target', 'reason'],
  },
  'target.healthy': {
    sentence: 'A target passes its health checks again.',
    details: ['upstream', 'target'],
  },
} as const satisfies EventTable

export type TargetEvent = keyof typeof gatewayEvents
