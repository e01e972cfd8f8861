import type { Check } from '../draft.ts'
import { didYouMean } from '../likely.ts'
import { quoted } from '../path.ts'

/** Rules about tiers. */
export const tierChecks: readonly Check[] = [
  {
    name: 'tiers that callers have are declared',
    look: ({ limits }, { say }) => {
      if (limits?.tiers === undefined) return
      const known = Object.keys(limits.tiers)
      limits.tierOf?.forEach((row, i) => {
        if (row?.tier === undefined || known.includes(row.tier)) return
        const meant = didYouMean(row.tier, known)
        say(['limits', 'tierOf', i, 'tier'], `there is no tier ${quoted(row.tier)} in limits.tiers${meant}`)
      })
    },
  },
  {
    name: 'nobody is left for a tier after one that is for all',
    look: ({ limits }, { say }) => {
      const all = limits?.tierOf?.findIndex((row) => row?.environments === null && row.organizations === null) ?? -1
      if (all === -1) return
      limits?.tierOf?.forEach((_, i) => {
        if (i > all) say(['limits', 'tierOf', i], `is never reached: limits.tierOf[${all}] is for everybody`)
      })
    },
  },
]
