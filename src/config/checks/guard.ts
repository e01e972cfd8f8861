import { hostPatternFault } from '../../core/index.ts'
import type { Check } from '../draft.ts'
import { lookAtNetworks } from './networks.ts'

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
        const wrong = text === undefined ? null : hostPatternFault(text)
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
