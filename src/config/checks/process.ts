import type { Check, ConfigDraft } from '../draft.ts'

type Setting = readonly [path: readonly string[], value: string | null | undefined]

/** Rules about this process: ports, files, the master key. */
export const processChecks: readonly Check[] = [
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
  master,
  audit,
  geo,
  identity,
  notices,
  secretStores,
}: NonNullable<ConfigDraft>): readonly Setting[] {
  return [
    [['data'], data],
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
