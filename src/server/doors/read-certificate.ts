import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'

/** The bytes of a file that was read before. */
export type Bytes = (file: string) => Buffer

export type CertificateFiles = {
  /** The setting, as sentences name it: `gateway.tls.certificates[0]`. */
  readonly at: string
  readonly certificate: string
  readonly key: string
  /** The hosts that it is shown to; empty for those that it names itself. */
  readonly hosts: readonly string[]
}

/** A certificate that can be shown. */
export type ServerCertificate = {
  readonly cert: Buffer
  readonly key: Buffer
  readonly isFor: (host: string) => boolean
  /** Until when it is good, in milliseconds since the epoch. */
  readonly until: number
}

/**
 * Reads a certificate and its key, and looks whether they can be used now.
 *
 * @throws Error with a sentence for the operator: not PEM, a key of something else, expired, not good yet
 */
export function readServerCertificate(files: CertificateFiles, bytes: Bytes, now: number): ServerCertificate {
  const { at, certificate, key, hosts } = files
  const cert = bytes(certificate)
  const read = readFirst(cert, `${at}: ${certificate}`)
  const privateKey = readKey(bytes(key), `${at}: ${key}`)
  if (!read.checkPrivateKey(privateKey)) {
    throw new Error(`${at}: the key in ${key} does not belong to the certificate in ${certificate}`)
  }
  checkTime(read, `${at}: the certificate in ${certificate}`, now)
  return Object.freeze({ cert, key: bytes(key), isFor: hostRule(read, hosts), until: endOf(read) })
}

/**
 * Reads authorities that vouch for certificates.
 *
 * @throws Error with a sentence: no certificate in PEM, or none that is good now
 */
export function readAuthorities(file: string, at: string, bytes: Bytes, now: number): Buffer {
  const pem = bytes(file)
  const all = pem.toString('latin1').match(PEM) ?? []
  const read = all.map((one) => readFirst(Buffer.from(one), `${at}: ${file}`))
  if (read.length === 0) throw new Error(`${at}: ${file} holds no certificate in PEM`)
  if (!read.some((one) => endOf(one) > now)) throw new Error(`${at}: every authority in ${file} is expired`)
  return pem
}

const PEM = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g

function readFirst(pem: Buffer, what: string): X509Certificate {
  try {
    return new X509Certificate(pem)
  } catch {
    throw new Error(`${what} holds no certificate in PEM`)
  }
}

function readKey(pem: Buffer, what: string): KeyObject {
  try {
    return createPrivateKey(pem)
  } catch {
    throw new Error(`${what} holds no private key in PEM that can be read without a passphrase`)
  }
}

function checkTime(read: X509Certificate, what: string, now: number): void {
  const day = (text: string) => new Date(text).toISOString().slice(0, 10)
  if (endOf(read) <= now) throw new Error(`${what} is expired since ${day(read.validTo)}`)
  if (Date.parse(read.validFrom) > now) throw new Error(`${what} is not good before ${day(read.validFrom)}`)
}

/** Until when a certificate is good, in milliseconds since the epoch. */
function endOf(read: X509Certificate): number {
  return Date.parse(read.validTo)
}

const NAME = /^[a-z0-9_]([a-z0-9._-]{0,252}[a-z0-9_])?$/

// The subject's name counts no more: RFC 9525, section 2.
function hostRule(read: X509Certificate, hosts: readonly string[]): (host: string) => boolean {
  if (hosts.length > 0) return (host) => hosts.some((pattern) => fits(pattern, host))
  return (host) => {
    const bare = host.replace(/^\[(.*)\]$/, '$1')
    // Both throw for what is no name and no address, and clients may say anything.
    if (isIP(bare) !== 0) return read.checkIP(bare) !== undefined
    return NAME.test(bare) && read.checkHost(bare, { subject: 'never' }) !== undefined
  }
}

// `*.example.com` is for names with exactly one label in place of the star.
function fits(pattern: string, host: string): boolean {
  if (!pattern.startsWith('*.')) return pattern === host
  const dot = host.indexOf('.')
  return dot > 0 && host.slice(dot) === pattern.slice(1)
}
