import type { EventInput, Problem } from '../../core/index.ts'
import { refuseRequest } from '../problems.ts'
import type { Tunnel } from './tunnel.ts'

/** How many WebSockets are open, by route: also across changes of the configuration. */
export type Tunnels = {
  /** Takes a place for one more, or says why there is none. */
  readonly take: (route: string, most: number) => Problem | null
  readonly leave: (route: string) => void
}

export function createTunnels(): Tunnels {
  const open = new Map<string, number>()
  return Object.freeze({
    take: (route: string, most: number) => {
      const count = open.get(route) ?? 0
      if (count >= most) return refuseRequest('WEBSOCKETS_TOO_MANY', { retryAfter: 5 })
      open.set(route, count + 1)
      return null
    },
    leave: (route: string) => {
      const count = (open.get(route) ?? 0) - 1
      if (count > 0) open.set(route, count)
      else open.delete(route)
    },
  })
}

/** The Event of a WebSocket that is over. */
export function closedEvent(tunnel: Tunnel, facts: Omit<EventInput, 'type' | 'outcome'>): EventInput {
  const { code, by } = tunnel.closing()
  return { ...facts, type: 'websocket.closed', outcome: 'success', code: null, details: { close: code, by } }
}
