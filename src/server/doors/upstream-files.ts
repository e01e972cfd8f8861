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

type TlsOf = (name: string) => UpstreamTls | null

/** The files by which upstreams are known. */
export type UpstreamFiles = {
  readonly tlsOf: TlsOf
  /**
   * Reads the files of other upstreams. Those of upstreams that stay as they are go on being kept.
   *
   * @returns what goes with them, and the choice: they are in use from now on, or were read in vain
   * @throws Error with a sentence for the operator, for files that cannot be used
   */
  readonly replace: (next: Upstreams) => {
    readonly tlsOf: TlsOf
    readonly keep: () => void
    readonly drop: () => void
  }
  readonly stop: () => void
}

/**
 * Reads the files by which upstreams are known, and keeps up with them.
 *
 * @throws Error with a sentence for the operator, for files that cannot be used
 */
export function followUpstreamFiles(upstreams: Upstreams, deps: Deps): UpstreamFiles {
  let followed = followAll(upstreams, new Map(), deps)
  return Object.freeze({
    tlsOf: (name: string) => followed.get(name)?.tls ?? null,
    replace: (next: Upstreams) => {
      const made = followAll(next, followed, deps)
      return {
        tlsOf: (name: string) => made.get(name)?.tls ?? null,
        keep: () => {
          stopOthers(followed, made)
          followed = made
        },
        drop: () => stopOthers(made, followed),
      }
    },
    stop: () => stopOthers(followed, new Map()),
  })
}

type Followed = { readonly settings: string; readonly tls: UpstreamTls; readonly stop: () => void }
type AllFollowed = ReadonlyMap<string, Followed>

function followAll(upstreams: Upstreams, before: AllFollowed, deps: Deps): AllFollowed {
  const all = new Map<string, Followed>()
  try {
    for (const [name, { tls }] of Object.entries(upstreams)) {
      if (!isSaid(tls)) continue
      const settings = JSON.stringify(tls)
      const known = before.get(name)
      const same = known?.settings === settings
      all.set(name, same ? known : { settings, ...follow(`gateway.upstreams.${name}.tls`, tls, deps) })
    }
  } catch (error) {
    stopOthers(all, before)
    throw error
  }
  return all
}

// What still is under way with one that is stopped goes on with the files that were read last.
function stopOthers(all: AllFollowed, kept: AllFollowed): void {
  for (const [name, one] of all) if (kept.get(name) !== one) one.stop()
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
