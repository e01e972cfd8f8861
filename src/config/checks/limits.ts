import type { Check } from '../draft.ts'
import { CALENDAR_WINDOWS, WINDOWS } from '../units.ts'
import { eachRoute } from './routes.ts'

/** What is known of a caller only where somebody is asked who they are. */
const OF_SOMEBODY = /^(key|principal|organization|claim\b.*)$/
const TOKENS: readonly string[] = ['jwt', 'opaque', 'dpop', 'mtls']
/** Headers that carry a credential: each new one would be a fresh start. */
const CREDENTIALS = /^header:(authorization|cookie|dpop|apikey|x-api-key|x-mfa-code)$/i

/** Rules about the limits of a route. */
export const limitChecks: readonly Check[] = [
  {
    name: 'keys are counted only where keys are asked for',
    look: eachRoute(({ public: open, limits }, path, say) => {
      limits?.forEach((limit, i) => {
        if (open !== true || limit?.by === undefined || !partsOf(limit.by).some((part) => OF_SOMEBODY.test(part)))
          return
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
        const window = `${countedOf(limit.by)} ${limit.claim ?? ''} ${limit.per} ${limit.kind ?? ''} ${JSON.stringify(limit.where)}`
        if (seen.has(window))
          say([...path, 'limits', i], `this route has another limit by "${limit.by}" for the same window; keep one`)
        seen.add(window)
      })
    }),
  },
  {
    name: 'a limit counts by different things, and by no credential',
    look: eachRoute(({ limits }, path, say) => {
      limits?.forEach((limit, i) => {
        if (limit?.by === undefined) return
        const parts = partsOf(limit.by)
        const at = [...path, 'limits', i, 'by']
        if (new Set(parts).size < parts.length) say(at, 'names one thing twice')
        const credential = parts.find((part) => CREDENTIALS.test(part))
        if (credential !== undefined)
          say(at, `"${credential}" carries a credential, and each new one would start afresh; use "key" or "principal"`)
      })
    }),
  },
  {
    name: 'a limit by claim names one, on a route that takes tokens',
    look: eachRoute(({ authenticate, limits }, path, say) => {
      const taken = authenticate?.some((it) => it === undefined || TOKENS.includes(it)) ?? true
      limits?.forEach((limit, i) => {
        if (limit?.by === undefined || limit.claim === undefined) return
        const claims = partsOf(limit.by).filter((part) => part.startsWith('claim'))
        const at = [...path, 'limits', i]
        const plain = claims.includes('claim')
        if (plain && limit.claim === null)
          say([...at, 'by'], 'names no claim; write `claim:NAME`, or the names on the way to it in `claim`')
        if (!plain && limit.claim !== null)
          say([...at, 'claim'], 'has no meaning without a plain `claim` in `by`', 'key')
        if (claims.length > 0 && !taken && authenticate?.length !== 0)
          say([...at, 'by'], 'this route takes no tokens, so nobody has claims; use "principal"')
      })
    }),
  },
  {
    name: 'countries of a limit are said once, and can be known',
    look: (draft, { say }) => {
      const database = draft.geo?.database
      eachRoute(({ limits }, path, tell) => {
        limits?.forEach((limit, i) => {
          if (limit?.where === null || limit?.where === undefined) return
          const at = [...path, 'limits', i, 'where']
          const { countries, outside } = limit.where
          if (countries !== undefined && outside !== undefined && (countries === null) === (outside === null))
            tell(at, 'say either `countries` or `outside`', 'key')
          if (database === null) tell(at, 'needs `geo.database`: no country is known without one', 'key')
        })
      })(draft, { say })
    },
  },
  {
    name: 'what a request costs fits into every limit',
    look: eachRoute(({ limits, cost, costs }, path, say) => {
      if (cost === undefined || costs === undefined) return
      const named = Object.entries(costs).map(([method, units]) => [['costs', method], units] as const)
      for (const [at, units] of [[['cost'], cost] as const, ...named]) {
        const short = limits?.find((limit) => (units ?? 0) > Math.min(limit?.max ?? Infinity, limit?.burst ?? Infinity))
        if (short !== undefined)
          say(
            [...path, ...at],
            `no request would ever pass: a limit lets ${Math.min(short?.max ?? Infinity, short?.burst ?? Infinity)} through at once`,
          )
      }
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

// Names of headers are the same in any letter case.
function partsOf(by: string): readonly string[] {
  return by.split('+').map((part) => (part.startsWith('header:') ? part.toLowerCase() : part))
}

function countedOf(by: string): string {
  return [...partsOf(by)].sort().join('+')
}
