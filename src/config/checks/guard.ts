import { parseAddress, parseNetwork } from '../../core/index.ts'
import type { Check } from '../draft.ts'
import { lookAtNetworks } from './networks.ts'

const HOST = /^(\*\.)?[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*$/

/** Rules about requests to addresses that others name. */
export const guardChecks: readonly Check[] = [
  {
    name: 'private networks that strangers may have asked are networks, and not the whole internet',
    look: ({ guard }, findings) => {
      const path = ['guard', 'outbound', 'allowPrivateNetworks']
      lookAtNetworks(guard?.outbound?.allowPrivateNetworks, findings, {
        path,
        is: 'everything',
        remark: '; name the networks',
      })
    },
  },
  {
    name: 'what alone is reached are hosts and networks',
    look: ({ guard }, { say }) => {
      guard?.outbound?.allow?.forEach((text, i) => {
        const wrong = text === undefined ? null : entryFault(text)
        if (wrong !== null) say(['guard', 'outbound', 'allow', i], wrong)
      })
    },
  },
  {
    name: 'ports are not listed for nothing',
    look: ({ guard }, { say, writtenIn }) => {
      const path = ['guard', 'outbound', 'ports']
      if (guard?.outbound?.allowAnyPort === true && writtenIn(path) !== null)
        say(path, 'has no meaning with `allowAnyPort: true`', 'key')
    },
  },
]

function entryFault(text: string): string | null {
  const isAddress = text.includes('/') || text.includes(':') || parseAddress(text) !== null
  const network = isAddress ? parseNetwork(text) : null
  if (network !== null) return typeof network === 'string' ? network : null
  return HOST.test(text) && !/(^|\.)\d+$/.test(text)
    ? null
    : 'must be a host such as hooks.example.com or *.example.com in lower case, or a network'
}
