import { hash } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import type { Problem } from '../../core/index.ts'
import type { Inbound } from '../../pipeline/index.ts'
import { refuseRequest } from '../problems.ts'

/** What a route says of WebSockets. */
export type WebSocketSettings = {
  /** Origins whose pages may open one. Programs that are no browser send none. */
  readonly origins: readonly string[]
  /** Bytes of one message. */
  readonly maxMessage: number
  /** Milliseconds of silence. */
  readonly idle: number
  /** Milliseconds altogether. */
  readonly lifetime: number
  readonly maxConnections: number
}

const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'

/** Whether a request asks for a WebSocket, and for nothing else. */
export function asksForWebSocket({ request, upgrade, connection }: Inbound): boolean {
  if (request.method !== 'GET' || upgrade?.toLowerCase() !== 'websocket') return false
  return connection?.includes('upgrade') === true
}

/** Looks at a handshake as RFC 6455, section 4.2.1, asks, and at the page that it comes from (section 10.2). */
export function handshakeFault({ request }: Inbound, { origins }: WebSocketSettings): Problem | null {
  const { header, headerCount } = request
  if (header('sec-websocket-version') !== '13') {
    return refuseRequest('WEBSOCKET_VERSION_UNSUPPORTED', { headers: { 'sec-websocket-version': '13' } })
  }
  const key = header('sec-websocket-key') ?? ''
  if (!/^[A-Za-z0-9+/]{21}[AQgw]==$/.test(key) || headerCount('sec-websocket-key') !== 1) {
    return refuseRequest('REQUEST_MALFORMED', { reason: 'Sec-WebSocket-Key' })
  }
  const origin = header('origin')
  if (origin === undefined || origins.includes(origin.toLowerCase())) return null
  return refuseRequest('WEBSOCKET_ORIGIN_REFUSED', { reason: 'origin' })
}

/** The headers of a handshake as they are sent on: without extensions, which would hide how long messages are. */
export function withoutExtensions(headers: readonly string[]): string[] {
  return headers.filter((_, i) => headers[i & ~1] !== 'sec-websocket-extensions')
}

/**
 * Looks at what an upstream says to a handshake (RFC 6455, section 4.1).
 *
 * @returns the head that the client gets, names and values in turn, or null for an answer that is not one
 */
export function answerToHandshake({ request }: Inbound, headers: IncomingHttpHeaders): string[] | null {
  const accept = hash('sha1', `${request.header('sec-websocket-key')}${GUID}`, 'base64')
  if (headers['sec-websocket-accept'] !== accept || headers['sec-websocket-extensions'] !== undefined) return null
  if (headers.upgrade?.toLowerCase() !== 'websocket') return null
  const lines = ['upgrade', 'websocket', 'connection', 'Upgrade', 'sec-websocket-accept', accept]
  const protocol = headers['sec-websocket-protocol']
  if (protocol === undefined) return lines
  const offered = request.header('sec-websocket-protocol')?.split(',') ?? []
  if (typeof protocol !== 'string' || !offered.some((one) => one.trim() === protocol)) return null
  return [...lines, 'sec-websocket-protocol', protocol]
}
