import type { Server, Socket } from 'node:net'
import { type Address, contains, createId, type Network, parseAddress } from '../../core/index.ts'
import { endingOf, readNetworks, toEvent } from '../../pipeline/index.ts'
import type { Door } from '../door.ts'
import { refuseRequest } from '../problems.ts'
import { LONGEST_HEADER, readProxyHeader } from './proxy-header.ts'

/** Who is at the other end of connections, behind proxies that say so before anything else. */
export type Proxied = {
  /** Whose a connection is: the client that its proxy named, or who opened it. Null when that is not known any more. */
  readonly addressOf: (socket: Socket) => Address | null
  /** Makes a server read the header of the PROXY protocol, and nothing before it, from the proxies' connections. */
  readonly before: (server: Server) => void
}

/** Without such proxies. */
const NOT_PROXIED: Proxied = Object.freeze({
  addressOf: (socket: Socket) => parseAddress(socket.remoteAddress ?? ''),
  before: () => undefined,
})

/**
 * Opens what the settings say of such proxies. A connection without a good header has its Event.
 *
 * @throws Error that names a network that is none
 */
export function openProxied(
  settings: { readonly from: readonly string[] } | null,
  door: Pick<Door, 'now' | 'record' | 'transport'>,
): Proxied {
  if (settings === null) return NOT_PROXIED
  return createProxied({
    from: readNetworks(settings.from),
    timeout: door.transport.headTimeout,
    refused: (proxy, reason) => {
      const problem = refuseRequest('REQUEST_MALFORMED', { reason: `PROXY header: ${reason}` })
      const facts = { address: proxy.text, status: null, requestId: createId('req', door.now()) }
      door.record(toEvent(endingOf('request.denied', problem, 'request'), facts))
    },
  })
}

/**
 * Reads who is behind proxies that speak the PROXY protocol. From their networks a connection without a good header is
 * closed; from everywhere else none is read, and what looks like one is not HTTP.
 *
 * @param deps.from networks of the proxies
 * @param deps.timeout milliseconds for the header
 * @param deps.refused told of a connection without a good header
 */
function createProxied(deps: {
  readonly from: readonly Network[]
  readonly timeout: number
  readonly refused: (proxy: Address, reason: string) => void
}): Proxied {
  const clients = new Map<string, { readonly client: Address; readonly socket: Socket }>()

  function remember(socket: Socket, client: Address): void {
    const key = keyOf(socket)
    clients.set(key, { client, socket })
    // The same addresses and ports may belong to another connection by now.
    socket.once('close', () => clients.get(key)?.socket === socket && clients.delete(key))
  }

  function take(socket: Socket, proxy: Address, open: () => void): void {
    const refuse = (reason: string) => {
      socket.destroy()
      deps.refused(proxy, reason)
    }
    readHead(socket, deps.timeout, {
      refused: refuse,
      read: (client) => {
        if (client !== null) remember(socket, client)
        open()
      },
    })
  }

  return Object.freeze({
    addressOf: (socket: Socket) => clients.get(keyOf(socket))?.client ?? parseAddress(socket.remoteAddress ?? ''),
    before: (server: Server) => {
      const listeners = server.listeners('connection')
      server.removeAllListeners('connection')
      server.on('connection', (socket: Socket) => {
        const open = () => {
          for (const listener of listeners) listener.call(server, socket)
        }
        const address = parseAddress(socket.remoteAddress ?? '')
        if (address === null) socket.destroy()
        else if (deps.from.some((network) => contains(network, address))) take(socket, address, open)
        else open()
      })
    },
  })
}

// A socket with TLS is another object than the one below it; both have the addresses and ports of one connection.
function keyOf({ remoteAddress, remotePort, localAddress, localPort }: Socket): string {
  return `${remoteAddress} ${remotePort} ${localAddress} ${localPort}`
}

type Heard = {
  readonly read: (client: Address | null) => void
  readonly refused: (reason: string) => void
}

function readHead(socket: Socket, timeout: number, { read, refused }: Heard): void {
  let bytes: Buffer = Buffer.alloc(0)
  const late = setTimeout(() => leave(() => refused('timeout')), timeout)
  const gone = () => leave(() => socket.destroy())

  function leave(then: () => void): void {
    clearTimeout(late)
    socket.off('readable', look)
    socket.off('error', gone)
    socket.off('end', gone)
    // The stream notices on the next tick that nobody reads it by hand any more.
    setImmediate(then)
  }

  function look(): void {
    const piece: Buffer | null = socket.read()
    if (piece === null) return
    bytes = Buffer.concat([bytes, piece])
    const header = readProxyHeader(bytes)
    if (header.is === 'bad') leave(() => refused(header.reason))
    else if (header.is === 'read') {
      const rest = bytes.subarray(header.bytes)
      if (rest.length > 0) socket.unshift(rest)
      leave(() => read(header.client))
    } else if (bytes.length > LONGEST_HEADER) leave(() => refused('too long'))
  }

  socket.on('readable', look)
  socket.once('error', gone)
  socket.once('end', gone)
}
