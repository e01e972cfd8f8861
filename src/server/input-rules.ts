import type { Route } from '../config/index.ts'
import { type Shape, shapeOf } from '../guard/index.ts'

/** What a route asks of what a request brings. It is put together once for each route. */
export function inputOf(route: Route): Shape {
  const made = known.get(route.input) ?? makeInput(route)
  known.set(route.input, made)
  return made
}

/** The route with the bound of the largest body that it takes: which bodies may be so large, a rule tells. */
export function withBound(route: Route): Route {
  const shape = inputOf(route)
  const input = { ...route.input, maxBody: shape.maxBody }
  known.set(input, shape)
  return { ...route, input }
}

const known = new WeakMap<Route['input'], Shape>()

function makeInput({ input }: Route): Shape {
  const { maxBody, types, json, uploads, inflate, headers, url, query, page } = input
  return shapeOf({
    maxBody,
    types,
    json,
    uploads: uploads === null ? null : { types: uploads.types, maxBytes: uploads.maxBody },
    inflate: inflate === null ? null : { maxBytes: inflate.maxBody, maxRatio: inflate.maxRatio },
    headers: headers === null ? null : { count: headers.count, bytes: headers.maxBytes },
    url,
    query,
    page,
    read: [],
  })
}
