import type { Config } from '../../config/index.ts'
import type { Clock } from '../../core/index.ts'
import type { GatewayDeps, RouteSettings } from '../../gateway/index.ts'
import type { Record } from './record-certificates.ts'
import { recordCertificates } from './record-certificates.ts'
import { secureDoor } from './secure.ts'
import { followUpstreamFiles, type UpstreamFiles } from './upstream-files.ts'

/** What of the gateway has to do with files of certificates. */
export type GatewayDoors = Required<Pick<GatewayDeps<RouteSettings>, 'tls' | 'redirect' | 'upstreamTls'>> & {
  readonly upstreams: UpstreamFiles
  readonly stop: () => void
}

/**
 * Reads the files that the gateway's settings name, and keeps up with them.
 *
 * @throws Error with a sentence for the operator, for files that cannot be used
 */
export function openGatewayDoors(
  { gateway }: Pick<Config, 'gateway'>,
  deps: { readonly clock: Clock; readonly audit: Record },
): GatewayDoors {
  const upstreams = followUpstreamFiles(gateway.upstreams, deps)
  const tls = gateway.tls === null ? null : secureGateway(gateway.tls, deps)
  const from = gateway.tls?.redirectFrom ?? null
  return Object.freeze({
    tls,
    redirect: from === null ? null : { from, to: gateway.tls?.publicPort ?? null },
    upstreamTls: upstreams.tlsOf,
    upstreams,
    stop: () => {
      tls?.stop()
      upstreams.stop()
    },
  })
}

type TlsSettings = NonNullable<Config['gateway']['tls']>

function secureGateway(settings: TlsSettings, deps: { readonly clock: Clock; readonly audit: Record }) {
  const { certificates, minVersion, clients } = settings
  const at = 'gateway.tls'
  const crl = clients?.crl ?? null
  return secureDoor(
    {
      at,
      certificates: certificates.map((files, i) => ({ ...files, at: `${at}.certificates[${i}]` })),
      minVersion,
      ca: clients === null ? null : { at: `${at}.clients.ca`, file: clients.ca },
      crl: crl === null ? null : { at: `${at}.clients.crl`, file: crl },
      clients: clients === null ? 'none' : clients.required === 'all' ? 'required' : 'asked',
    },
    { now: deps.clock.now, ...recordCertificates('gateway.tls', deps.audit) },
  )
}
