import type { Check, ConfigDraft, Findings } from '../draft.ts'

type UpstreamDraft = NonNullable<NonNullable<NonNullable<ConfigDraft>['gateway']>['upstreams']>[string]

/** Rules about TLS at the gateway: in front of it, and behind. */
export const doorChecks: readonly Check[] = [
  {
    name: 'the port that redirects is a port of its own',
    look: ({ control, gateway }, { say }) => {
      const from = gateway?.tls?.redirectFrom
      if (typeof from !== 'number' || from === 0) return
      const path = ['gateway', 'tls', 'redirectFrom']
      if (from === gateway?.port) say(path, `port ${from} is the gateway’s own`)
      if (from === control?.port) say(path, `port ${from} is the control plane’s`)
    },
  },
  {
    name: 'certificates of clients are asked for by somebody',
    look: ({ gateway }, { say }) => {
      if (gateway?.tls?.clients !== null && gateway?.tls !== null) return
      if (gateway.clientCertificateHeader !== null) return
      gateway.routes?.forEach((route, i) => {
        const path = ['gateway', 'routes', i, 'clientCertificate']
        if (route?.clientCertificate === true)
          say(path, 'needs `gateway.tls.clients` or `gateway.clientCertificateHeader`: nobody asks for any')
      })
    },
  },
  {
    name: 'TLS to an upstream has all that it needs, and nothing that contradicts it',
    look: ({ gateway }, findings) => {
      for (const [name, upstream] of Object.entries(gateway?.upstreams ?? {})) lookAtUpstream(name, upstream, findings)
    },
  },
]

function lookAtUpstream(name: string, upstream: UpstreamDraft, { say }: Findings): void {
  const { ca, certificate, key, serverName, allowAnyCertificate } = upstream?.tls ?? {}
  const at = (word: string) => ['gateway', 'upstreams', name, 'tls', word]
  if (typeof certificate === 'string' && key === null) say(at('key'), 'is missing: a certificate needs its key')
  if (typeof key === 'string' && certificate === null) say(at('certificate'), 'is missing: a key needs its certificate')
  if (allowAnyCertificate === true && typeof ca === 'string')
    say(at('allowAnyCertificate'), 'contradicts `ca`: either some authorities are believed, or everybody is')
  if (upstream?.targets?.some((target) => target === undefined || /^https:/i.test(target)) !== false) return
  for (const [word, value] of Object.entries({ ca, certificate, key, serverName, allowAnyCertificate }))
    if (typeof value === 'string' || value === true) say(at(word), 'has no meaning: no target is `https:`', 'key')
}
