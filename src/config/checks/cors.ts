import { originPatternFault } from '../../core/index.ts'
import type { Check, ConfigDraft, Draft } from '../draft.ts'
import type { Path } from '../path.ts'
import type { Config } from '../schema.ts'

type Cors = NonNullable<Draft<Config['gateway']['cors']>>

const LOOPBACK = /^http:\/\/(localhost|([a-z0-9-]+\.)+localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/

/** Rules about pages of other origins. */
export const corsChecks: readonly Check[] = [
  {
    name: 'origins are written as browsers do',
    look: eachCors(({ origins }, path, say) => {
      origins?.forEach((text, i) => {
        const wrong = text === undefined || text === '*' ? null : originPatternFault(text)
        if (wrong !== null) say([...path, 'origins', i], wrong)
      })
    }),
  },
  {
    name: 'everybody stands alone in a list of origins, and gets no cookies',
    look: eachCors(({ origins, credentials }, path, say) => {
      if (origins?.includes('*') !== true) return
      if (origins.length > 1) say([...path, 'origins'], 'has "*" and others; "*" is everybody already')
      if (credentials === true)
        say([...path, 'credentials'], 'can not be true with "*": every page could read what is for a person', 'key')
    }),
  },
  {
    name: 'pages of other origins come by https',
    look: eachCors(({ origins, allowInsecureHttp }, path, say) => {
      if (allowInsecureHttp !== false) return
      origins?.forEach((text, i) => {
        if (text?.startsWith('http:') === true && !LOOPBACK.test(text))
          say([...path, 'origins', i], 'must be https; anything else needs `allowInsecureHttp: true`')
      })
    }),
  },
]

function eachCors(look: (cors: Cors, path: Path, say: (path: Path, message: string, want?: 'key') => void) => void) {
  return (
    { gateway }: NonNullable<ConfigDraft>,
    { say }: { say: (path: Path, message: string, want?: 'key') => void },
  ) => {
    if (gateway?.cors !== undefined && gateway.cors !== null) look(gateway.cors, ['gateway', 'cors'], say)
    gateway?.routes?.forEach((route, i) => {
      if (route?.cors !== undefined && route.cors !== null) look(route.cors, ['gateway', 'routes', i, 'cors'], say)
    })
  }
}
