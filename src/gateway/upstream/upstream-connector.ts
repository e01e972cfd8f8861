import { createRequire } from 'node:module'
import { isIP } from 'node:net'
import type { SecureContextOptions } from 'node:tls'
import type { buildConnector } from 'undici'

/** How targets of an upstream are met over TLS, kept up with the files that say so. */
export type UpstreamTls = {
  /** The same object for as long as nothing changed. */
  readonly current: () => SecureContextOptions
  readonly more: { readonly servername?: string; readonly rejectUnauthorized: boolean }
}

const require = createRequire(import.meta.url)

/**
 * What connects to a target. The host of the target must be in its certificate, signed by an authority of the system,
 * unless `tls` says otherwise. Who we are is read anew for each connection, and a session of before is not taken up.
 *
 * @param timeout milliseconds
 */
export function connectorTo(tls: UpstreamTls | null, timeout: number): buildConnector.connector {
  const undici: typeof import('undici') = require('undici')
  const build = (options: SecureContextOptions) =>
    undici.buildConnector({ ...options, ...tls?.more, timeout, allowH2: false })
  let known = tls?.current() ?? NOTHING
  let connect = build(known)
  return (options, done) => {
    const current = tls?.current() ?? NOTHING
    if (current !== known) connect = build(current)
    known = current
    connect({ ...options, servername: nameOf(options.hostname, tls) }, done)
  }
}

const NOTHING: SecureContextOptions = Object.freeze({})

// Never by the Host that the request carries: where that is the client's, the client would say whom we believe.
function nameOf(hostname: string, tls: UpstreamTls | null): string {
  const said = tls?.more.servername
  if (said !== undefined) return said
  // An address is no name that TLS may carry (RFC 6066, section 3); it is looked for in the certificate all the same.
  return isIP(hostname.replace(/^\[(.*)\]$/, '$1')) === 0 ? hostname : ''
}
