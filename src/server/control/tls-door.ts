import { readFile } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { Config } from '../../config/index.ts'

/**
 * Opens a second door to the control plane: TLS, for clients that show a certificate (RFC 8705). Who shows none is
 * answered all the same; what a certificate is good for is for whoever reads it.
 *
 * @returns null where the configuration names no certificate
 * @throws for files that cannot be read or do not belong together
 */
export async function openTlsDoor(
  { host, control: { tls } }: Pick<Config, 'host' | 'control'>,
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<{ readonly port: number; readonly close: () => Promise<void> } | null> {
  if (tls.cert === null) return null
  const files = [tls.cert, tls.key, tls.clientCa]
  const [cert, key, ca] = await Promise.all(files.map((file) => (file === null ? undefined : readFile(file))))
  const server = createServer(
    {
      cert,
      key,
      ca,
      requestCert: true,
      // Who made their own is known by it, though nobody vouches for it (RFC 8705, section 2.2).
      rejectUnauthorized: false,
      minVersion: 'TLSv1.2',
      requestTimeout: 30_000,
    },
    answer,
  )
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(tls.port, host, resolve)
  })
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : tls.port
  const close = () => new Promise<void>((resolve) => server.close(() => resolve()).closeIdleConnections())
  return Object.freeze({ port, close })
}
