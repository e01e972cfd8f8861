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
      eachRoute((route, path, say) => {
        const methods = methodsOf(route)
        const text = route.match?.path
        if (text === undefined || methods === null || routePathFault(text) !== null) return
        const shape = pathShape(text)
        const owners = taken.get(shape) ?? new Map<string, string>()
        taken.set(shape, owners)
        const clash = clashing(owners, methods)
        if (clash !== undefined) say([...path, 'match'], clash)
        for (const method of methods) if (!owners.has(method)) owners.set(method, `gateway.routes[${path[2]}]`)
      })(draft, findings)
    },
  },
]

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
