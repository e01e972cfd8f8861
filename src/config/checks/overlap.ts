import { isWithin, readPattern, type TextPattern } from '../../core/index.ts'
import type { Check, RouteDraft } from '../draft.ts'
import { quoted } from '../path.ts'
import { pathShape, routePathFault } from './route-path.ts'
import { eachRoute } from './routes.ts'

const ANY = 'any'

/** Rules between routes. */
export const overlapChecks: readonly Check[] = [
  {
    name: 'every route has a name of its own',
    look: (draft, findings) => {
      const first = new Map<string, string>()
      eachRoute(({ id }, path, say) => {
        if (id === undefined) return
        const other = first.get(id)
        if (other === undefined) first.set(id, `gateway.routes[${path[2]}]`)
        else say([...path, 'id'], `${quoted(id)} is the id of ${other} already`)
      })(draft, findings)
    },
  },
  {
    name: 'no two routes match the same request',
    look: (draft, findings) => {
      const taken = new Map<string, Map<string, string>>()
      const shapeOf = createShapes()
      eachRoute((route, path, say) => {
        const methods = methodsOf(route)
        const shape = shapeOf(route)
        if (shape === null || methods === null) return
        const owners = taken.get(shape) ?? new Map<string, string>()
        taken.set(shape, owners)
        const clash = clashing(owners, methods)
        if (clash !== undefined) say([...path, 'match'], clash)
        const name = `gateway.routes[${path[2]}]${route.id === undefined ? '' : ` (${quoted(route.id)})`}`
        for (const method of methods) if (!owners.has(method)) owners.set(method, name)
      })(draft, findings)
    },
  },
]

/** What routes match besides the method, as a text that is the same for those that nothing else tells apart. */
function createShapes(): (route: NonNullable<RouteDraft>) => string | null {
  const patterns: TextPattern[] = []

  // Two patterns that match the same texts are one, however they are written.
  function numberOf(pattern: TextPattern): number {
    const known = patterns.findIndex((other) => isWithin(pattern, other) && isWithin(other, pattern))
    return known === -1 ? patterns.push(pattern) - 1 : known
  }

  return ({ match }) => {
    const text = match?.path
    if (text === undefined || match?.host === undefined || match.headers === undefined) return null
    if (routePathFault(text) !== null) return null
    const parts = text.split('/').map((part) => {
      const source = part.startsWith('{') ? match.parameters?.[part.slice(1, -1)] : undefined
      const pattern = source === undefined ? part : readPattern(source)
      return typeof pattern === 'string' ? part : `{${numberOf(pattern)}:}`
    })
    const headers = Object.entries(match.headers).map(([name, value]) => [name.toLowerCase(), value])
    return JSON.stringify([match.host, pathShape(parts.join('/')), headers.sort()])
  }
}

/** The methods of a route, `any` for all; null when they are not known because they are wrong. */
function methodsOf({ match }: NonNullable<RouteDraft>): readonly string[] | null {
  if (match === undefined || match.methods === undefined) return null
  if (match.methods === null) return [ANY]
  const known = match.methods.filter((method) => method !== undefined)
  return known.length === match.methods.length ? known : null
}

function clashing(owners: ReadonlyMap<string, string>, methods: readonly string[]): string | undefined {
  const [every] = owners.values()
  if (methods.includes(ANY) && every !== undefined) return `matches the same path as ${every}, whatever the method`
  const method = methods.find((one) => owners.has(one)) ?? (owners.has(ANY) ? methods[0] : undefined)
  if (method === undefined) return undefined
  return `matches the same path and method (${method}) as ${owners.get(method) ?? owners.get(ANY)}`
}
