import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { contains, type Network, parseAddress } from '../../core/index.ts'
import { LONGEST_TARGET, MOST_HEADER_BYTES, type Peer, readNetworks } from '../../pipeline/index.ts'
import type { Door } from '../door.ts'
import { listenOn, portOf } from '../transport/listen.ts'
import { decide } from './decide.ts'

const { createServer } = process.getBuiltinModule('node:http')

export type DecisionSettings = {
  readonly port: number
  /** Networks of the proxies that may ask; everybody else is refused. */
  readonly callers: readonly string[]
}

/** The door at which other proxies ask whether a request may pass, if there is one. */
export type DecisionDoor = {
  readonly listen: (host: string) => Promise<void>
  readonly port: () => number
  /** Takes no more questions; what is asked already is answered. */
  readonly drain: () => void
  readonly close: () => void
}

/** Opens that door. @returns null where there is none */
export function openDecisions(settings: DecisionSettings | null, door: Door): DecisionDoor | null {
  if (settings === null) return null
  const { transport } = door
  const peers = createPeers(readNetworks(settings.callers))
  const server: Server = createServer(
    {
      // The longest target stands in a header here.
      maxHeaderSize: MOST_HEADER_BYTES + 2 * LONGEST_TARGET + 1024,
      headersTimeout: transport.headTimeout,
      requestTimeout: transport.headTimeout,
      keepAliveTimeout: transport.keepAlive,
      connectionsCheckingInterval: Math.min(1_000, transport.headTimeout),
      requireHostHeader: false,
    },
    (incoming, response) => void answer(door, peers(incoming.socket), incoming, response),
  )
  server.maxHeadersCount = 0
  server.maxConnections = transport.connections
  server.on('connect', (_, socket) => socket.destroy())
  server.on('upgrade', (_, socket) => socket.destroy())
  return Object.freeze({
    listen: (host: string) => listenOn(server, settings.port, host),
    port: () => portOf(server),
    drain: () => void server.close(),
    close: () => {
      server.close()
      server.closeAllConnections()
    },
  })
}

async function answer(door: Door, peer: Peer | null, incoming: IncomingMessage, response: ServerResponse) {
  response.on('error', () => undefined)
  if (peer === null) return void incoming.socket.destroy()
  const { status, lines, body } = await decide(door, incoming, peer)
  try {
    response.writeHead(status, [...lines, ...(door.draining() ? ['connection', 'close'] : [])])
    response.end(body)
  } catch (error) {
    // Whoever made a note gave it a header that cannot be written: nobody is let through.
    door.crashed(error, '')
    incoming.socket.destroy()
  }
}

// Known once for all questions of a connection.
function createPeers(callers: readonly Network[]): (socket: Socket) => Peer | null {
  const known = new WeakMap<Socket, Peer>()
  return (socket) => {
    const before = known.get(socket)
    if (before !== undefined) return before
    const address = parseAddress(socket.remoteAddress ?? '')
    if (address === null) return null
    const peer = { address, trusted: callers.some((network) => contains(network, address)) }
    known.set(socket, peer)
    return peer
  }
}
