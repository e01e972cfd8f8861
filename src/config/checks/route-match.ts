import { headerFault, isWithin, readPattern, type TextPattern } from '../../core/index.ts'
import type { Check } from '../draft.ts'
import { quoted } from '../path.ts'
import { eachRoute } from './routes.ts'

const LABEL = '[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?'
const HOST = new RegExp(`^(\\*\\.)?${LABEL}(\\.${LABEL})*$|^\\[[0-9a-f:.]+\\]$`)
const EVERY_PART = known('.+')
// Requests with these in a part of their path are refused before any route is looked for.
const NO_PART = known('(.*[/;\\\\].*)?')

/** Rules about what a route matches besides its path. */
export const routeMatchChecks: readonly Check[] = [
  {
    name: 'a host is written in the form that is matched',
    look: eachRoute(({ match }, path, say) => {
      const host = match?.host
      if (typeof host !== 'string' || HOST.test(host)) return
      say(
        [...path, 'match', 'host'],
        'must be a host in lower case without port, with at most one `*.` before it, such as api.example.com or *.example.com',
      )
    }),
  },
  {
    name: 'patterns are of parameters, and can be matched in linear time',
    look: eachRoute(({ match }, path, say) => {
      for (const [name, source] of Object.entries(match?.parameters ?? {})) {
        const at = [...path, 'match', 'parameters', name]
        const wrong = source === undefined ? null : patternFault(source)
        if (wrong !== null) say(at, wrong)
        if (match?.path !== undefined && !match.path.split('/').includes(`{${name}}`))
          say(at, `is no parameter of the path ${quoted(match.path)}`, 'key')
      }
    }),
  },
  {
    name: 'routes are chosen by headers that clients may send and upstreams get',
    look: eachRoute(({ match }, path, say) => {
      const seen = new Set<string>()
      for (const name of Object.keys(match?.headers ?? {})) {
        const plain = name.toLowerCase()
        const wrong = seen.has(plain) ? 'is there twice' : headerFault(name, 'match')
        if (wrong !== null) say([...path, 'match', 'headers', name], wrong, 'key')
        seen.add(plain)
      }
    }),
  },
]

function patternFault(source: string): string | null {
  const pattern = readPattern(source)
  if (typeof pattern === 'string') return pattern
  if (isWithin(pattern, NO_PART)) return 'matches no part of any path: the route can never be reached'
  return isWithin(EVERY_PART, pattern) ? 'matches every part of a path: leave it out' : null
}

function known(source: string): TextPattern {
  const pattern = readPattern(source)
  if (typeof pattern === 'string') throw new Error(`${source} ${pattern}`)
  return pattern
}
