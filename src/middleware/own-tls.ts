import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import type { Peer } from '../pipeline/index.ts'

/**
 * What is known of a client by the TLS of the application's own server. A certificate counts where Node verified it: the server was
 * made with `requestCert` and the `ca` that vouches for its clients. Which hosts it serves is its own affair.
 */
export function overOf(socket: Socket): Peer['over'] {
  if (!isTls(socket)) return undefined
  return Object.freeze({ isFor: () => true, certificate: () => certificateOf(socket) })
}

type Over = NonNullable<Peer['over']>

function certificateOf(socket: TLSSocket): ReturnType<Over['certificate']> {
  const { raw }: { readonly raw?: Buffer } = socket.authorized ? (socket.getPeerCertificate() ?? {}) : {}
  return raw === undefined ? { is: 'none' } : { is: 'good', text: raw.toString('base64') }
}

function isTls(socket: Socket): socket is TLSSocket {
  return 'encrypted' in socket && socket.encrypted === true
}
