import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { Config } from '../../config/index.ts'
import type { Clock } from '../../core/index.ts'
import { type Record, recordCertificates } from '../doors/record-certificates.ts'
import { secureDoor } from '../doors/secure.ts'

/**
 * Opens a second door to the control plane: TLS, for clients that show a certificate (RFC 8705). Who shows none is
 * answered all the same; what a certificate is good for is for whoever reads it. New files are read as they come.
 *
 * @returns null where the configuration names no certificate
 * @throws for files that cannot be read or used, or do not belong together
 */
export async function openTlsDoor(
  { host, control: { tls } }: Pick<Config, 'host' | 'control'>,
  deps: {
    readonly clock: Clock
    readonly audit: Record
    readonly answer: (request: IncomingMessage, response: ServerResponse) => void
  },
): Promise<{ readonly port: number; readonly close: () => Promise<void> } | null> {
  if (tls.cert === null || tls.key === null) return null
  const at = 'control.tls'
  const secured = secureDoor(
    {
      at,
      certificates: [{ at, certificate: tls.cert, key: tls.key, hosts: [] }],
      minVersion: '1.2',
      ca: tls.clientCa === null ? null : { at: `${at}.clientCa`, file: tls.clientCa },
      crl: null,
      // Who made their own is known by it, though nobody vouches for it (RFC 8705, section 2.2).
      clients: 'asked',
    },
    { now: deps.clock.now, ...recordCertificates(at, deps.audit) },
  )
  const server = createServer({ ...secured.options(), requestTimeout: 30_000 }, deps.answer)
  secured.follow((context) => {
    server.setSecureContext(context)
    server.closeIdleConnections()
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(tls.port, host, resolve)
  })
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : tls.port
  const close = () => {
    secured.stop()
    return new Promise<void>((resolve) => server.close(() => resolve()).closeIdleConnections())
  }
  return Object.freeze({ port, close })
}
