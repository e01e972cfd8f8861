import type { Check } from '../draft.ts'
import { quoted } from '../path.ts'

/** Rules about groups of targets. */
export const groupChecks: readonly Check[] = [
  {
    name: 'shares are of targets of the group',
    look: ({ gateway }, { say }) => {
      for (const [name, upstream] of Object.entries(gateway?.upstreams ?? {})) {
        const { targets } = upstream ?? {}
        if (targets === undefined) continue
        for (const target of Object.keys(upstream?.weights ?? {})) {
          const at = ['gateway', 'upstreams', name, 'weights', target]
          if (!targets.includes(target)) say(at, `${quoted(target)} is none of \`targets\``, 'key')
        }
      }
    },
  },
  {
    name: 'a health check is over before the next one',
    look: ({ gateway }, { say }) => {
      for (const [name, upstream] of Object.entries(gateway?.upstreams ?? {})) {
        const { interval, timeout } = upstream?.health ?? {}
        if (interval !== undefined && timeout !== undefined && timeout > interval)
          say(['gateway', 'upstreams', name, 'health', 'timeout'], 'must not be longer than `interval`')
      }
    },
  },
  {
    name: 'bodies are kept for methods that have some',
    look: ({ gateway }, { say }) => {
      for (const [name, upstream] of Object.entries(gateway?.upstreams ?? {})) {
        const { methods, maxBody } = upstream?.retries ?? {}
        if (methods === undefined || maxBody === undefined || maxBody === 0) continue
        if (!methods.includes('PUT') && !methods.includes('DELETE'))
          say(['gateway', 'upstreams', name, 'retries', 'maxBody'], 'has no meaning without PUT or DELETE in `methods`')
      }
    },
  },
]
