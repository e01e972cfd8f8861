import type { Problem } from '../../core/index.ts'
import { refuseRequest } from '../problems.ts'
import type { HeaderCondition, LoadedRoute } from './load-routes.ts'
import type { Asked } from './route-table.ts'

/** The routes that share host, path and headers. */
type Methods = { any: LoadedRoute | null; readonly named: Map<string, LoadedRoute>; allow: string }

/** The routes that share host and path. Those that ask for headers come first, the most particular before the others. */
export type Choices = {
  readonly byHeaders: { readonly headers: readonly HeaderCondition[]; readonly methods: Methods }[]
  plain: Methods | null
}

const ANY_METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']

export function emptyChoices(): Choices {
  return { byHeaders: [], plain: null }
}

/** Adds a route. @throws Error when another one takes the same requests */
export function addChoice(choices: Choices, route: LoadedRoute): void {
  if (route.headers.length > 0) {
    claim(withHeaders(choices, route.headers), route)
    return
  }
  choices.plain ??= noMethods()
  claim(choices.plain, route)
}

function withHeaders({ byHeaders }: Choices, headers: readonly HeaderCondition[]): Methods {
  const key = JSON.stringify(headers)
  const known = byHeaders.find((other) => JSON.stringify(other.headers) === key)
  if (known !== undefined) return known.methods
  const methods = noMethods()
  byHeaders.push({ headers, methods })
  byHeaders.sort((a, b) => particularity(b.headers) - particularity(a.headers))
  return methods
}

// One header more is narrower than any value of the others.
function particularity(headers: readonly HeaderCondition[]): number {
  return headers.length * 100 + headers.filter(({ value }) => value !== null).length
}

function noMethods(): Methods {
  return { any: null, named: new Map(), allow: '' }
}

function claim(methods: Methods, route: LoadedRoute): void {
  if (route.methods === null) {
    if (methods.any !== null) throw new Error(`routes ${methods.any.id} and ${route.id} take any method on one path`)
    methods.any = route
  }
  for (const method of route.methods ?? []) {
    const taken = methods.named.get(method)
    if (taken !== undefined) throw new Error(`routes ${taken.id} and ${route.id} both take ${method} on one path`)
    methods.named.set(method, route)
  }
  methods.allow = allowed(methods).join(', ')
}

function allowed({ any, named }: Methods): string[] {
  if (any !== null) return ANY_METHODS
  const methods = [...named.keys()]
  return named.has('GET') && !named.has('HEAD') ? [...methods, 'HEAD'] : methods
}

/** Whether there is a route here whose headers the request has. With null, whether there is one at all. */
export function suits({ plain, byHeaders }: Choices, asked: Asked | null): boolean {
  return plain !== null || asked === null || byHeaders.some(({ headers }) => hasAll(asked, headers))
}

/** The route of a request that suits, or the problem that its method is not taken. */
export function routeFor({ plain, byHeaders }: Choices, asked: Asked): LoadedRoute | Problem {
  for (let i = 0; i < byHeaders.length; i++) {
    const { headers, methods } = byHeaders[i] as Choices['byHeaders'][number]
    if (hasAll(asked, headers)) return byMethod(methods, asked.method)
  }
  return byMethod(plain as Methods, asked.method)
}

/** The routes here that take a method, whatever headers they ask for. */
export function routesOfMethod({ plain, byHeaders }: Choices, method: string): LoadedRoute[] {
  const all = [...byHeaders.map(({ methods }) => methods), ...(plain === null ? [] : [plain])]
  return all.map((methods) => byMethod(methods, method)).filter((found) => 'id' in found)
}

/** Every route here. */
export function allRoutes({ plain, byHeaders }: Choices): LoadedRoute[] {
  const all = [...byHeaders.map(({ methods }) => methods), ...(plain === null ? [] : [plain])]
  return all.flatMap(({ any, named }) => [...named.values(), ...(any === null ? [] : [any])])
}

function hasAll({ header }: Asked, headers: readonly HeaderCondition[]): boolean {
  return headers.every(({ name, value }) => {
    const found = header(name)
    return value === null ? found !== undefined : found === value
  })
}

function byMethod({ any, named, allow }: Methods, method: string): LoadedRoute | Problem {
  // HEAD asks for less than GET does, under the same checks.
  const declared = named.get(method) ?? (method === 'HEAD' ? named.get('GET') : undefined)
  if (declared !== undefined) return declared
  if (any !== null && ANY_METHODS.includes(method)) return any
  return refuseRequest('METHOD_NOT_ALLOWED', { headers: { allow } })
}
