import type { Check } from '../draft.ts'

/** Rules about what changes while a process runs. */
export const reloadChecks: readonly Check[] = [
  {
    name: 'a file is watched where it says something',
    look: ({ gateway }, { say }) => {
      if (gateway?.source === 'applied' && gateway.reload === 'watch')
        say(
          ['gateway', 'reload'],
          'is watch, but routes and upstreams come from what was applied (`gateway.source: applied`); leave it out',
        )
    },
  },
]
