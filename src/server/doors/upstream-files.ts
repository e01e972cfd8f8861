import { createSecureContext, type SecureContextOptions } from 'node:tls'
import type { Config } from '../../config/index.ts'
import type { Clock } from '../../core/index.ts'
import type { UpstreamTls } from '../../gateway/index.ts'
import { keepFiles } from './keep-files.ts'
import { type Bytes, readAuthorities, readServerCertificate } from './read-certificate.ts'
import { type Record, recordCertificates } from './record-certificates.ts'

type Upstreams = Config['gateway']['upstreams']
type Settings = Upstreams[string]['tls']
type Deps = { readonly clock: Clock; readonly audit: Record }

/**
 * Reads the files by which upstreams are known, and keeps up with them.
 *
 * @throws Error with a sentence for the operator, for files that cannot be used
 */
export function followUpstreamFiles(
  upstreams: Upstreams,
  deps: Deps,
): { readonly tlsOf: (name: string) => UpstreamTls | null; readonly stop: () => void } {
  const followed = new Map(
    Object.entries(upstreams)
      .filter(([, { tls }]) => isSaid(tls))
      .map(([name, { tls }]) => [name, follow(`gateway.upstreams.${name}.tls`, tls, deps)] as const),
  )
  return Object.freeze({
    tlsOf: (name: string) => followed.get(name)?.tls ?? null,
    stop: () => {
      for (const { stop } of followed.values()) stop()
    },
  })
}

function isSaid({ ca, certificate, serverName, allowAnyCertificate }: Settings): boolean {
  return ca !== null || certificate !== null || serverName !== null || allowAnyCertificate
}

function follow(at: string, settings: Settings, { clock, audit }: Deps) {
  const { ca, certificate, key, serverName, allowAnyCertificate } = settings
  const named = Object.entries({ ca, certificate, key })
  const told = recordCertificates(at, audit)
  const kept = keepFiles<{ readonly options: SecureContextOptions; readonly until: number }>({
    files: named.flatMap(([word, file]) => (file === null ? [] : [{ at: `${at}.${word}`, file }])),
    make: (bytes) => readFiles(at, settings, bytes, clock.now()),
    made: ({ until }) => told.changed(until),
    refused: told.refused,
  })
  const more = {
    ...(serverName === null ? {} : { servername: serverName }),
    rejectUnauthorized: !allowAnyCertificate,
  }
  const tls: UpstreamTls = { current: () => kept.current().options, more }
  return { tls, stop: kept.stop }
}

function readFiles(at: string, { ca, certificate, key }: Settings, bytes: Bytes, now: number) {
  const authorities = ca === null ? {} : { ca: readAuthorities(ca, `${at}.ca`, bytes, now) }
  const own =
    certificate === null || key === null ? null : readServerCertificate({ at, certificate, key, hosts: [] }, bytes, now)
  const options = { ...authorities, ...(own === null ? {} : { cert: own.cert, key: own.key }) }
  createSecureContext(options)
  return { options, until: own?.until ?? Number.POSITIVE_INFINITY }
}
