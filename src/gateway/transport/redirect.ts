import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { createId, type Problem } from '../../core/index.ts'
import { readHost, writeProblem } from '../../pipeline/index.ts'
import { refuseRequest } from '../problems.ts'
import { TRANSPORT } from '../settings.ts'
import { listenOn, portOf } from './listen.ts'
import type { Proxied } from './proxied.ts'
import type { Secured } from './secured.ts'

const { createServer } = process.getBuiltinModule('node:http')

type Redirecting = {
  readonly now: () => number
  /** Whether there is a certificate for a host, and it is served. */
  readonly serves: (host: string) => boolean
  /** The port that clients are sent to. */
  readonly port: () => number
}

const LARGEST_HEAD = 16_384
const MOST_CONNECTIONS = 1024

/** The door that sends to https, if there is one. */
export type RedirectDoor = {
  readonly listen: (host: string) => Promise<void>
  readonly port: () => number
  readonly close: () => void
}

/**
 * Opens the door that `redirect` names, beside a server with TLS.
 *
 * @returns null where there is none
 */
export function openRedirect(
  { tls = null, redirect = null }: Wish,
  { now, hosts, port, proxied }: Around,
): RedirectDoor | null {
  if (tls === null || redirect === null) return null
  const serves = (host: string) => tls.serves(host) && hosts()?.(host) !== false
  const server = createRedirect({ now, serves, port: () => redirect.to ?? port() })
  proxied.before(server)
  return Object.freeze({
    listen: (host: string) => listenOn(server, redirect.from, host),
    port: () => portOf(server),
    close: () => {
      server.close()
      server.closeAllConnections()
    },
  })
}

type Around = {
  readonly now: () => number
  readonly hosts: () => HostRule
  readonly port: () => number
  readonly proxied: Proxied
}
type HostRule = ((host: string) => boolean) | null
type Wish = {
  readonly tls?: Secured | null
  readonly redirect?: { readonly from: number; readonly to: number | null } | null
}

/**
 * The door without TLS beside the one with it: sends everybody to https with 308, which keeps method and body (RFC 9110,
 * section 15.4.9), and forwards nothing. Where it sends to is a host that we have a certificate for, or it is 421.
 */
function createRedirect(redirecting: Redirecting): Server {
  const server = createServer(
    {
      maxHeaderSize: LARGEST_HEAD,
      headersTimeout: TRANSPORT.headTimeout,
      requestTimeout: TRANSPORT.headTimeout,
      connectionsCheckingInterval: 1_000,
      requireHostHeader: false,
    },
    (incoming, response) => redirect(incoming, response, redirecting),
  )
  server.maxConnections = MOST_CONNECTIONS
  server.on('connect', (_, socket) => socket.destroy())
  return server
}

function redirect(incoming: IncomingMessage, response: ServerResponse, { now, serves, port }: Redirecting): void {
  const requestId = createId('req', now())
  const hosts = incoming.headersDistinct.host ?? []
  const host = hosts.length === 1 ? readHost(hosts[0] as string) : null
  const wrong = faultOf(host, incoming.url ?? '', serves)
  if (wrong !== null) {
    writeProblem(response, wrong, { requestId, notes: [], last: true })
    response.end()
    return
  }
  const suffix = port() === 443 ? '' : `:${port()}`
  const location = `https://${host}${suffix}${incoming.url}`
  // Nothing of a body is read: the connection ends here.
  response.writeHead(308, [
    'location',
    location,
    'connection',
    'close',
    'content-length',
    '0',
    'x-request-id',
    requestId,
  ])
  response.end()
}

function faultOf(host: string | null, target: string, serves: Redirecting['serves']): Problem | null {
  if (host === null) return refuseRequest('REQUEST_HOST_INVALID')
  if (!TARGET.test(target)) return refuseRequest('REQUEST_TARGET_INVALID')
  return serves(host) ? null : refuseRequest('REQUEST_MISDIRECTED')
}

// A path as it was sent, which no program reads as another host.
const TARGET = /^\/(?![/\\])[!-~]*$/
