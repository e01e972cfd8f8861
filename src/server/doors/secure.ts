import { constants } from 'node:crypto'
import { createSecureContext, type SecureContext, type SecureContextOptions, type TlsOptions } from 'node:tls'
import type { Secured } from '../../gateway/index.ts'
import { keepFiles } from './keep-files.ts'
import { type Bytes, type CertificateFiles, readAuthorities, readServerCertificate } from './read-certificate.ts'

export type DoorFiles = {
  /** The setting of the door, as sentences name it. */
  readonly at: string
  readonly certificates: readonly CertificateFiles[]
  readonly minVersion: '1.2' | '1.3'
  /** Who vouches for clients; null for a door that does not know anybody. */
  readonly ca: { readonly at: string; readonly file: string } | null
  /** What they revoked. */
  readonly crl: { readonly at: string; readonly file: string } | null
  /** Whether clients are asked for a certificate, and whether those without a good one are let in. */
  readonly clients: 'none' | 'asked' | 'required'
}

export type Told = {
  readonly now: () => number
  /** New files are in use. */
  readonly changed: (until: number) => void
  /** New files are no good. */
  readonly refused: (reason: string) => void
}

// Forward secrecy and authenticated encryption only; those of 1.3 first.
const CIPHERS = [
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'TLS_AES_128_GCM_SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
].join(':')

type Shown = { readonly isFor: (host: string) => boolean; readonly context: SecureContext; readonly until: number }
type Read = { readonly shown: readonly Shown[]; readonly first: SecureContextOptions; readonly clients: string }

/**
 * Reads what a door with TLS needs, and keeps it up with its files.
 *
 * @throws Error with a sentence for the operator: files that cannot be read, are not what they should be, do not belong
 *   together, or are expired
 */
export function secureDoor(files: DoorFiles, told: Told): Secured & { readonly stop: () => void } {
  const hearers: ((context: SecureContextOptions) => void)[] = []
  let generation = 0
  let vouching = ''
  const kept = keepFiles<Read>({
    files: namesOf(files),
    make: (bytes) => readDoor(files, bytes, told.now()),
    made: ({ first, clients, shown }) => {
      if (clients !== vouching) generation++
      vouching = clients
      for (const hear of hearers) hear(first)
      told.changed(Math.min(...shown.map(({ until }) => until)))
    },
    refused: told.refused,
  })
  vouching = kept.current().clients
  const pick = (host: string) => kept.current().shown.find(({ isFor }) => isFor(host))

  return Object.freeze({
    options: (): TlsOptions => ({
      ...kept.current().first,
      ALPNProtocols: ['http/1.1'],
      requestCert: files.clients !== 'none',
      rejectUnauthorized: files.clients === 'required',
      SNICallback: (name, found) => found(null, (pick(name.toLowerCase()) ?? kept.current().shown[0])?.context),
    }),
    follow: (hear: (context: SecureContextOptions) => void) => void hearers.push(hear),
    serves: (host: string) => pick(host) !== undefined,
    covers: (name: string, host: string) => name === host || pick(name)?.isFor(host) === true,
    vouchesForClients: files.ca !== null,
    generation: () => generation,
    stop: kept.stop,
  })
}

function namesOf({ certificates, ca, crl }: DoorFiles) {
  const own = certificates.flatMap(({ at, certificate, key }) => [
    { at: `${at}.certificate`, file: certificate },
    { at: `${at}.key`, file: key },
  ])
  return [...own, ...[ca, crl].filter((one) => one !== null)]
}

function readDoor({ at, certificates, ca, crl, minVersion }: DoorFiles, bytes: Bytes, now: number): Read {
  const authorities = ca === null ? undefined : readAuthorities(ca.file, ca.at, bytes, now)
  const revoked = crl === null ? undefined : bytes(crl.file)
  const options = certificates.map((files) => {
    const { cert, key, isFor, until } = readServerCertificate(files, bytes, now)
    return { isFor, until, secure: contextOptions({ cert, key, ca: authorities, crl: revoked }, minVersion) }
  })
  const shown = options.map(({ isFor, until, secure }) => ({ isFor, until, context: contextOf(secure, at) }))
  const first = options[0]?.secure
  if (first === undefined) throw new Error(`${at} has no certificate`)
  return { shown, first, clients: [authorities, revoked].map((one) => one?.toString('base64') ?? '').join(' ') }
}

function contextOptions(
  files: Pick<SecureContextOptions, 'cert' | 'key' | 'ca' | 'crl'>,
  minVersion: DoorFiles['minVersion'],
): SecureContextOptions {
  return {
    ...files,
    minVersion: `TLSv${minVersion}`,
    ciphers: CIPHERS,
    honorCipherOrder: true,
    secureOptions: constants.SSL_OP_NO_RENEGOTIATION,
  }
}

function contextOf(secure: SecureContextOptions, at: string): SecureContext {
  try {
    return createSecureContext(secure)
  } catch (error) {
    throw new Error(`${at}: the files are not good for TLS: ${error instanceof Error ? error.message : String(error)}`)
  }
}
