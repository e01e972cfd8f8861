import type { Check } from '../draft.ts'
import { eachRoute } from './routes.ts'

/** Rules about the limits of a route. */
export const limitChecks: readonly Check[] = [
  {
    name: 'keys are counted only where keys are asked for',
    look: eachRoute(({ public: open, limits }, path, say) => {
      limits?.forEach((limit, i) => {
        if (open !== true || limit?.by !== 'key') return
        say([...path, 'limits', i, 'by'], 'a public route has no keys to count by; use "address" or "route"')
      })
    }),
  },
  {
    name: 'one window has one limit',
    look: eachRoute(({ limits }, path, say) => {
      const seen = new Set<string>()
      limits?.forEach((limit, i) => {
        if (limit?.by === undefined || limit.per === undefined) return
        const window = `${limit.by} ${limit.per}`
        if (seen.has(window))
          say([...path, 'limits', i], `this route has another limit by "${limit.by}" for the same window; keep one`)
        seen.add(window)
      })
    }),
  },
]
