import type { Check } from '../draft.ts'
import { lookAtNetworks } from './networks.ts'
import { eachRoute } from './routes.ts'

/** Rules about the life of routes. */
export const lifecycleChecks: readonly Check[] = [
  {
    name: 'what is learnt of traffic is kept until it would be missed',
    look: ({ gateway }, { say }) => {
      const { keep, zombieAfter } = gateway?.inventory ?? {}
      if (keep !== undefined && zombieAfter !== undefined && keep < zombieAfter)
        say(['gateway', 'inventory', 'keep'], 'must not be shorter than `zombieAfter`')
    },
  },
  {
    name: 'dates of a route are dates, and it is deprecated before it ends',
    look: eachRoute(({ lifecycle }, path, say) => {
      if (lifecycle === undefined) return
      const { state, deprecatedAt, sunsetAt } = lifecycle
      for (const name of ['deprecatedAt', 'sunsetAt'] as const) {
        const date = lifecycle[name]
        if (typeof date === 'string' && !isDate(date)) say([...path, 'lifecycle', name], 'is no day of the calendar')
      }
      if (state === 'deprecated' && deprecatedAt === null)
        say([...path, 'lifecycle', 'state'], 'is "deprecated"; write since when in `deprecatedAt`')
      if (
        typeof deprecatedAt === 'string' &&
        typeof sunsetAt === 'string' &&
        Date.parse(sunsetAt) < Date.parse(deprecatedAt)
      )
        say([...path, 'lifecycle', 'sunsetAt'], 'must not be before `deprecatedAt`')
    }),
  },
  {
    name: 'internal routes have an inside',
    look: (draft, { say }) => {
      if (draft.gateway?.internalNetworks?.length !== 0) return
      eachRoute(({ lifecycle }, path, tell) => {
        if (lifecycle?.exposure === 'internal')
          tell([...path, 'lifecycle', 'exposure'], 'is "internal"; write what is inside in `gateway.internalNetworks`')
      })(draft, { say })
    },
  },
  {
    name: 'networks that are inside are networks, and not the whole internet',
    look: ({ gateway }, findings) => {
      const path = ['gateway', 'internalNetworks']
      lookAtNetworks(gateway?.internalNetworks, findings, { path, is: 'everything', remark: '; name the networks' })
    },
  },
  {
    name: 'every route has an owner where that is required',
    look: (draft, { say }) => {
      if (draft.gateway?.requireLifecycle !== true) return
      eachRoute(({ lifecycle }, path, tell) => {
        if (lifecycle?.owner === null)
          tell(path, 'has no `lifecycle.owner`, which `gateway.requireLifecycle` asks of every route')
      })(draft, { say })
    },
  },
]

// `2026-02-30` would become a day in March.
function isDate(text: string): boolean {
  const time = Date.parse(text)
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text.slice(0, 10))
}
