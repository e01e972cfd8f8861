import { createPublicKey } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { request } from 'node:https'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import type { World } from '../../support/backends.ts'
import { type MadeCertificate, makeCertificate } from '../../support/certificates.ts'
import { freePort } from '../../support/keeper.ts'
import { openSuite, type Suite } from './suite.ts'

/** By what a client shows itself: its certificate, and whom it believes to be the server. */
export type Shown = { readonly certificate: MadeCertificate; readonly server: string }

/** A server with a door at which clients show certificates, and the authority that is believed there. */
export type TlsSuite = { readonly suite: Suite; readonly authority: MadeCertificate; readonly server: string }

export async function openTlsSuite(world: World): Promise<TlsSuite> {
  const authority = makeCertificate({ subject: { CN: 'Clients' }, ca: true })
  const server = makeCertificate({ subject: { CN: 'localhost' }, host: 'localhost' })
  const files = { cert: server.pem, key: pemOfKey(server), ca: authority.pem }
  for (const [name, pem] of Object.entries(files)) await writeFile(join(world.dataDir, `${name}.pem`), pem)
  const port = await freePort()
  const env = {
    SALLYPORT_CONTROL_TLS_PORT: String(port),
    SALLYPORT_CONTROL_TLS_ADDRESS: `https://localhost:${port}`,
    SALLYPORT_CONTROL_TLS_CERT: join(world.dataDir, 'cert.pem'),
    SALLYPORT_CONTROL_TLS_KEY: join(world.dataDir, 'key.pem'),
    SALLYPORT_CONTROL_TLS_CLIENT_CA: join(world.dataDir, 'ca.pem'),
  }
  return { suite: await openSuite(world, { env }), authority, server: server.pem }
}

/** The way in which clients of a run prove themselves; their tokens are bound to their certificate in each. */
export type ByCertificate = 'tls_client_auth' | 'self_signed_tls_client_auth' | 'private_key_jwt'

/** A certificate for a client, and what its registration says of it. */
export function certificateFor(
  { authority, server }: TlsSuite,
  authentication: ByCertificate,
  keys: readonly object[],
): { readonly shown: Shown; readonly wish: Readonly<Record<string, unknown>> } {
  const host = `client-${crypto.randomUUID()}.example.com`
  const issuer = authentication === 'tls_client_auth' ? { issuer: authority } : {}
  const certificate = makeCertificate({ subject: { CN: 'client' }, host, ...issuer })
  const jwk = {
    ...createPublicKey(certificate.pem).export({ format: 'jwk' }),
    x5c: [certificate.der.toString('base64')],
  }
  const said = {
    tls_client_auth: { tlsSubject: { by: 'san_dns', value: host } },
    self_signed_tls_client_auth: { jwks: { keys: [...keys, jwk] } },
    private_key_jwt: {},
  }[authentication]
  return { shown: { certificate, server }, wish: { authentication, tlsBound: true, ...said } }
}

/** Where clients with certificates go instead (RFC 8705, section 5). */
export function aliasOf({ discovered, endpoint }: Suite, name: string): URL {
  const aliases = discovered.mtls_endpoint_aliases as Readonly<Record<string, string>>
  return new URL(aliases[name] ?? endpoint(name))
}

/** Sends a request with a certificate, as `fetch` would without one. */
export function fetchShowing(
  { certificate, server }: Shown,
  url: URL,
  { method = 'GET', headers = {}, body = '' }: { method?: string; headers?: Record<string, string>; body?: string },
): Promise<Response> {
  const shown = { cert: certificate.pem, key: pemOfKey(certificate), ca: server, agent: false as const }
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, headers, ...shown }, (answer) => {
      text(answer).then((said) => {
        const told = Object.entries(answer.headersDistinct).flatMap(([name, values = []]) =>
          values.map((value): [string, string] => [name, value]),
        )
        const { statusCode: status = 0 } = answer
        resolve(new Response(status === 204 ? null : said, { status, headers: told }))
      }, reject)
    })
    sent.on('error', reject)
    sent.end(body)
  })
}

function pemOfKey({ key }: MadeCertificate): string {
  return String(key.export({ type: 'pkcs8', format: 'pem' }))
}
