import { createRequire } from 'node:module'
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
  if (tls === null) return build({})
  let known = tls.current()
  let connect = build(known)
  return (options, done) => {
    const current = tls.current()
    if (current !== known) connect = build(current)
    known = current
    connect(options, done)
  }
}
