import type { Check } from '../draft.ts'
import { CALENDAR_WINDOWS, WINDOWS } from '../units.ts'
import { eachRoute } from './routes.ts'

/** What is known of a caller only where somebody is asked who they are. */
const OF_SOMEBODY = ['key', 'principal', 'organization', 'key+address', 'principal+address', 'organization+address']

/** Rules about the limits of a route. */
export const limitChecks: readonly Check[] = [
  {
    name: 'keys are counted only where keys are asked for',
    look: eachRoute(({ public: open, limits }, path, say) => {
      limits?.forEach((limit, i) => {
        if (open !== true || limit?.by === undefined || !OF_SOMEBODY.includes(limit.by)) return
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
        const window = `${limit.by} ${limit.per} ${limit.kind ?? ''}`
        if (seen.has(window))
          say([...path, 'limits', i], `this route has another limit by "${limit.by}" for the same window; keep one`)
        seen.add(window)
      })
    }),
  },
  {
    name: 'a quota is of the calendar, and only a quota can be of a month',
    look: eachRoute(({ limits }, path, say) => {
      limits?.forEach((limit, i) => {
        if (limit?.per === undefined || limit.kind === undefined) return
        const { per, kind, burst } = limit
        const month = per === WINDOWS.month
        const calendar = CALENDAR_WINDOWS.some((word) => WINDOWS[word] === per)
        if (kind === 'rate' && month)
          say(
            [...path, 'limits', i, 'per'],
            'months differ in length, so a rate can not be per month; write 30d, or `kind: quota`',
          )
        if (kind === 'quota' && !calendar) say([...path, 'limits', i, 'per'], 'a quota is per hour, day or month')
        if ((kind === 'quota' || month) && typeof burst === 'number')
          say([...path, 'limits', i, 'burst'], 'a quota has no burst: all of it may be used at once', 'key')
      })
    }),
  },
]
