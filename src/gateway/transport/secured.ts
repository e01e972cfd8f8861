import type { SecureContextOptions, TLSSocket, TlsOptions } from 'node:tls'
import type { Peer } from '../../pipeline/index.ts'

/** TLS at the door: certificates, and who vouches for clients. Whoever reads the files keeps it up with them. */
export type Secured = {
  /** What a server starts with. */
  readonly options: () => TlsOptions
  /** Hears what holds for connections from now on, each time that files changed. */
  readonly follow: (hear: (context: SecureContextOptions) => void) => void
  /** Whether there is a certificate for a host. */
  readonly serves: (host: string) => boolean
  /** Whether a host may be asked for on a connection that was opened for a name. */
  readonly covers: (name: string, host: string) => boolean
  readonly vouchesForClients: boolean
  /** Grows when who vouches for clients changed, or what they revoked. */
  readonly generation: () => number
}

/** What a connection with TLS says of its requests. */
export function overTls(socket: TLSSocket, secured: Secured, now: () => number): NonNullable<Peer['over']> {
  const name = typeof socket.servername === 'string' ? socket.servername.toLowerCase() : ''
  const certificate = certificateOn(socket, secured, now)
  return Object.freeze({
    isFor: (host: string) => name === '' || name === host || secured.covers(name, host),
    certificate,
  })
}

type Shown = ReturnType<NonNullable<Peer['over']>['certificate']>

const NONE: Shown = Object.freeze({ is: 'none' })

function certificateOn(socket: TLSSocket, secured: Secured, now: () => number): () => Shown {
  const certificate = secured.vouchesForClients ? socket.getPeerX509Certificate() : undefined
  if (certificate === undefined) return () => NONE
  const bad: Shown = Object.freeze({ is: 'bad', reason: String(socket.authorizationError ?? 'not vouched for') })
  if (!socket.authorized) return () => bad
  const until = Date.parse(certificate.validTo)
  const generation = secured.generation()
  const good: Shown = Object.freeze({ is: 'good', text: certificate.raw.toString('base64') })
  return () => {
    // What was vouched for when the connection began may be revoked by now: it has to be shown again.
    if (secured.generation() !== generation) return { is: 'stale' }
    return now() < until ? good : { is: 'bad', reason: 'expired' }
  }
}
