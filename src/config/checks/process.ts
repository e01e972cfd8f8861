import type { Check, ConfigDraft } from '../draft.ts'

type Setting = readonly [path: readonly string[], value: string | null | undefined]

/** Rules about this process: ports, files, the master key. */
export const processChecks: readonly Check[] = [
  {
    name: 'a door with TLS has all that it needs',
    look: ({ control }, { say }) => {
      const { cert, key, address, clientCa } = control?.tls ?? {}
      if (typeof cert === 'string') {
        if (key === null) say(['control', 'tls', 'key'], 'is missing: a certificate needs its key')
        if (address === null) say(['control', 'tls', 'address'], 'is missing: clients must be told where it is')
        return
      }
      if (cert === undefined) return
      for (const [name, value] of Object.entries({ key, address, clientCa }))
        if (typeof value === 'string') say(['control', 'tls', name], 'has no meaning without `control.tls.cert`', 'key')
    },
  },
  {
    name: 'what a proxy says of certificates is said by somebody who is believed',
    look: ({ control }, { say }) => {
      const {
        clientCertificateHeader: header,
        clientCertificateVerifiedHeader: verified,
        trustedProxies,
      } = control ?? {}
      const at = ['control', 'clientCertificateHeader']
      if (typeof header === 'string' && trustedProxies?.length === 0)
        say(at, 'needs `control.trustedProxies`: nobody else is believed', 'key')
      if (typeof verified !== 'string') return
      const other = ['control', 'clientCertificateVerifiedHeader']
      if (header === null) say(other, 'needs `control.clientCertificateHeader`', 'key')
      if (header?.toLowerCase() === verified.toLowerCase()) say(other, 'must be another header than the certificate’s')
    },
  },
  {
    name: 'the control plane and the gateway listen on different ports',
    look: ({ control, gateway }, { say, writtenIn }) => {
      if (control?.port === undefined || control.port === 0 || control.port !== gateway?.port) return
      const written = ['gateway', 'port']
      const path = writtenIn(written) === null ? ['control', 'port'] : written
      say(path, `the control plane and the gateway can not both listen on port ${control.port}`)
    },
  },
  {
    name: 'there is one master key',
    look: ({ master }, { say }) => {
      const given = Object.entries(master ?? {}).filter(([, value]) => value !== null && value !== undefined)
      if (given.length < 2) return
      say(
        ['master'],
        `only one of ${given.map(([name]) => name).join(' and ')} can be the master key; remove the others`,
      )
    },
  },
  {
    name: 'files are named in full, as no shell reads them',
    look: (draft, { say }) => {
      for (const [path, value] of files(draft)) {
        if (value?.startsWith('~')) say(path, '"~" is not replaced by a home folder; write the whole path')
      }
    },
  },
]

function files({
  data,
  control,
  master,
  audit,
  geo,
  identity,
  notices,
  secretStores,
}: NonNullable<ConfigDraft>): readonly Setting[] {
  return [
    [['data'], data],
    [['control', 'tls', 'cert'], control?.tls?.cert],
    [['control', 'tls', 'key'], control?.tls?.key],
    [['control', 'tls', 'clientCa'], control?.tls?.clientCa],
    [['master', 'keyFile'], master?.keyFile],
    [['audit', 'checkpointFile'], audit?.checkpointFile],
    [['geo', 'database'], geo?.database],
    [['identity', 'passkeys', 'metadataFile'], identity?.passkeys?.metadataFile],
    [['identity', 'passkeys', 'metadataRootFile'], identity?.passkeys?.metadataRootFile],
    [['notices', 'mail', 'passwordFile'], notices?.mail?.passwordFile],
    [['notices', 'mail', 'templates'], notices?.mail?.templates],
    [['notices', 'sms', 'secretFile'], notices?.sms?.secretFile],
    ...Object.entries(secretStores ?? {}).flatMap(([name, store]): Setting[] => [
      [['secretStores', name, 'folder'], store?.folder],
      [['secretStores', name, 'file'], store?.file],
    ]),
  ]
}
