import { headerFault } from '../../core/index.ts'
import type { Check, RouteDraft } from '../draft.ts'
import { type Path, quoted } from '../path.ts'
import { routePathFault } from './route-path.ts'
import { eachRoute } from './routes.ts'

/** Rules about what a route changes on the way. */
export const routeRewriteChecks: readonly Check[] = [
  {
    name: 'a path that is asked for instead is a path, and there is one way to change it',
    look: eachRoute(({ match, rewrite }, path, say) => {
      const text = rewrite?.path
      if (typeof text !== 'string') return
      const at = [...path, 'rewrite', 'path']
      const wrong = rewritePathFault(text, match?.path)
      if (wrong !== null) say(at, wrong)
      if (typeof rewrite?.stripPrefix === 'string') say(at, 'excludes `stripPrefix`: write the whole path here', 'key')
    }),
  },
  {
    name: 'headers that routes change are theirs to change',
    look: eachRoute(({ rewrite }, path, say) => {
      for (const way of ['request', 'response'] as const) {
        const changes = rewrite?.headers?.[way]
        const at = [...path, 'rewrite', 'headers', way]
        for (const list of ['set', 'add'] as const) {
          for (const name of Object.keys(changes?.[list] ?? {})) {
            const wrong = headerFault(name, 'write')
            if (wrong !== null) say([...at, list, name], wrong, 'key')
          }
        }
        changes?.remove?.forEach((name, i) => {
          const wrong = name === undefined ? null : headerFault(name, 'remove')
          if (wrong !== null) say([...at, 'remove', i], wrong)
        })
      }
    }),
  },
  {
    name: 'parameters in what is written are parameters of the path',
    look: eachRoute(({ match, rewrite }, path, say) => {
      if (match?.path === undefined) return
      for (const [at, text] of textsIn(rewrite)) {
        const wrong = parameterFault(text, match.path)
        if (wrong !== null) say([...path, 'rewrite', ...at], wrong)
      }
    }),
  },
]

function rewritePathFault(text: string, routePath: string | undefined): string | null {
  if (text.endsWith('/**') && routePath !== undefined && !routePath.endsWith('/**'))
    return `ends in "/**", and the route’s path ${quoted(routePath)} does not`
  // Parameters may be a part of a part here, and stand where plain text could.
  const wrong = routePathFault(text.replaceAll(/\{[A-Za-z]\w*\}/g, 'x'))
  return wrong ?? (text.endsWith('/*') ? 'can end in "/**", not in "/*"' : null)
}

function* textsIn(rewrite: NonNullable<RouteDraft>['rewrite']): Iterable<readonly [at: Path, text: string]> {
  if (typeof rewrite?.path === 'string') yield [['path'], rewrite.path]
  for (const way of ['request', 'response'] as const) {
    for (const list of ['set', 'add'] as const) {
      for (const [name, text] of Object.entries(rewrite?.headers?.[way]?.[list] ?? {}))
        if (text !== undefined) yield [['headers', way, list, name], text]
    }
  }
}

function parameterFault(text: string, routePath: string): string | null {
  const odd = text.split(/\{[^{}]*\}/).find((piece) => /[{}]/.test(piece))
  if (odd !== undefined) return 'has a brace that is not of a {parameter}'
  const names = [...text.matchAll(/\{([^{}]*)\}/g)].map(([hole]) => hole)
  const unknown = names.find((hole) => !routePath.split('/').includes(hole))
  return unknown === undefined ? null : `has ${unknown}, which is no parameter of the path ${quoted(routePath)}`
}
