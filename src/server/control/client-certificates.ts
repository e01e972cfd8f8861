import { X509Certificate } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { TLSSocket } from 'node:tls'
import type { Config } from '../../config/index.ts'
import { type Network, parseAddress } from '../../core/index.ts'
import type { ClientCertificate } from '../../oauth/index.ts'
import { peerOf, readNetworks } from '../../pipeline/index.ts'

const LONGEST = 16_384

export type CertificateSettings = {
  /** The field in which a trusted proxy names the certificate; null for none. */
  readonly header: string | null
  /** The field in which it says `SUCCESS` when an authority vouches for it; null where it says nothing. */
  readonly verifiedHeader: string | null
  /** Whether our own door with TLS knows authorities. Without any, those of the system would be asked. */
  readonly knowsAuthorities: boolean
  readonly trusted: readonly Network[]
}

/** The same by the settings of the control plane. */
export function clientCertificatesOf(control: Config['control']): ReturnType<typeof createClientCertificates> {
  return createClientCertificates({
    header: control.clientCertificateHeader,
    verifiedHeader: control.clientCertificateVerifiedHeader,
    knowsAuthorities: control.tls.clientCa !== null,
    trusted: readNetworks(control.trustedProxies),
  })
}

/**
 * Reads the certificate of whoever sends a request: of the connection itself, or by the word of a trusted proxy. What
 * anybody else writes into the fields of a proxy is not read.
 */
export function createClientCertificates(
  settings: CertificateSettings,
): (request: IncomingMessage) => ClientCertificate | null {
  const known = new WeakMap<IncomingMessage, ClientCertificate | null>()
  return (request) => {
    const before = known.get(request)
    if (before !== undefined) return before
    const found = ofConnection(request, settings) ?? ofProxy(request, settings)
    known.set(request, found)
    return found
  }
}

function ofConnection(
  { socket }: IncomingMessage,
  { knowsAuthorities }: CertificateSettings,
): ClientCertificate | null {
  const certificate = socket instanceof TLSSocket ? socket.getPeerX509Certificate() : undefined
  if (certificate === undefined || !(socket instanceof TLSSocket)) return null
  return { certificate, vouchedFor: knowsAuthorities && socket.authorized }
}

function ofProxy(request: IncomingMessage, settings: CertificateSettings): ClientCertificate | null {
  const { header, verifiedHeader, trusted } = settings
  const address = parseAddress(request.socket.remoteAddress ?? '')
  if (header === null || address === null || !peerOf(address, trusted).trusted) return null
  const text = only(request, header)
  const certificate = text === null ? null : readCertificate(text)
  if (certificate === null) return null
  return { certificate, vouchedFor: verifiedHeader !== null && only(request, verifiedHeader) === 'SUCCESS' }
}

// Two of them: one is not the proxy's.
function only(request: IncomingMessage, name: string): string | null {
  const [value, ...more] = request.headersDistinct[name.toLowerCase()] ?? []
  return value === undefined || more.length > 0 ? null : value
}

// RFC 9440 (`:base64:`), base64 of the DER form, or PEM with percent-encoding, as proxies write them.
function readCertificate(text: string): X509Certificate | null {
  try {
    const bare = text.trim().replace(/^:(.*):$/, '$1')
    if (bare === '' || bare.length > LONGEST) return null
    const isDer = /^[A-Za-z0-9+/]+={0,2}$/.test(bare)
    return new X509Certificate(isDer ? Buffer.from(bare, 'base64') : decodeURIComponent(bare))
  } catch {
    return null
  }
}
