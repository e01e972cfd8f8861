import type { Check, ConfigDraft, RouteDraft } from '../draft.ts'
import { didYouMean } from '../likely.ts'
import { type Path, quoted } from '../path.ts'
import { routePathFault, startsWithParts } from './route-path.ts'

/** Rules about single routes. */
export const routeChecks: readonly Check[] = [
  {
    name: 'every route says who may come: credentials, or everybody by explicit word',
    look: eachRoute(({ authenticate, public: open }, path, say) => {
      if (authenticate === undefined || open === undefined) return
      if (authenticate.length === 0 && !open)
        say(path, 'lets nobody in: write `authenticate: [apiKey]`, or `public: true` for everybody')
      if (authenticate.length > 0 && open)
        say([...path, 'public'], 'is true, yet the route has `authenticate`; remove one of them', 'key')
    }),
  },
  {
    name: 'the upstream of a route is declared',
    look: (draft, { say }) => {
      const upstreams = draft.gateway?.upstreams
      if (upstreams === undefined) return
      const known = Object.keys(upstreams)
      eachRoute(({ upstream }, path, tell) => {
        if (upstream === undefined || Object.hasOwn(upstreams, upstream)) return
        tell(
          [...path, 'upstream'],
          `there is no upstream ${quoted(upstream)} in gateway.upstreams${didYouMean(upstream, known)}`,
        )
      })(draft, { say })
    },
  },
  {
    name: 'a path is written in the form that is matched',
    look: eachRoute(({ match }, path, say) => {
      const wrong = match?.path === undefined ? null : routePathFault(match.path)
      if (wrong !== null) say([...path, 'match', 'path'], wrong)
    }),
  },
  {
    name: 'nothing is required of a caller whom nobody knows',
    look: eachRoute(({ public: open, require: wanted }, path, say) => {
      if (open !== true) return
      for (const kind of ['scopes', 'permissions', 'roles'] as const) {
        if (wanted?.[kind] !== undefined && wanted[kind].length > 0) {
          say(
            [...path, 'require', kind],
            'can not be required on a public route, where nobody is asked who they are',
            'key',
          )
        }
      }
    }),
  },
  {
    name: 'roles are required where somebody can have one',
    look: eachRoute(({ authenticate, require: wanted }, path, say) => {
      if (wanted?.roles === undefined || wanted.roles.length === 0) return
      if (authenticate?.every((kind) => kind !== undefined && kind !== 'apiKey' && kind !== 'session') !== true) return
      if (authenticate.length === 0) return
      say(
        [...path, 'require', 'roles'],
        'can not be required where only tokens are taken, which carry permissions and no roles; require those, or add `apiKey` or `session`',
        'key',
      )
    }),
  },
  {
    name: 'a public route takes no credentials',
    look: eachRoute(({ public: open, credentials }, path, say) => {
      if (open === true && credentials?.query === true) {
        say([...path, 'credentials', 'query'], 'has no meaning on a public route, which takes no credentials', 'key')
      }
    }),
  },
  {
    name: 'a prefix that is stripped is the start of the path',
    look: eachRoute(({ match, rewrite }, path, say) => {
      const prefix = rewrite?.stripPrefix
      if (prefix === undefined || prefix === null) return
      const wrong = prefixFault(prefix, match?.path)
      if (wrong !== null) say([...path, 'rewrite', 'stripPrefix'], wrong)
    }),
  },
]

type Tell = (path: Path, message: string, want?: 'key' | 'value') => void

/** A check that looks at one route after another. */
export function eachRoute(look: (route: NonNullable<RouteDraft>, path: Path, say: Tell) => void) {
  return (draft: NonNullable<ConfigDraft>, { say }: { readonly say: Tell }): void => {
    draft.gateway?.routes?.forEach((route, i) => {
      if (route !== undefined) look(route, ['gateway', 'routes', i], say)
    })
  }
}

function prefixFault(prefix: string, path: string | undefined): string | null {
  if (!prefix.startsWith('/') || prefix.length < 2 || prefix.endsWith('/'))
    return 'must start with "/", and not end with one'
  if (/[*{}]/.test(prefix)) return 'must be plain parts, without parameters and "*"'
  if (path === undefined || startsWithParts(path, prefix)) return null
  return `must be whole parts at the start of the route’s path ${quoted(path)}`
}
