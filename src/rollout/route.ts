import type { WrittenGateway } from '../config/index.ts'
import { done, type Result, refused } from '../core/index.ts'
import { refuseRollout } from './problems.ts'

/** A route as somebody writes it. Whether it is right, the whole configuration tells. */
export type RouteWish = Readonly<Record<string, unknown>> & { readonly id: string }

/** The routes of settings that were found right before. */
export function routesOf({ routes }: WrittenGateway): readonly RouteWish[] {
  return Array.isArray(routes) ? (routes as readonly RouteWish[]) : []
}

/** The settings with this route in the place of that with its id, or as the last. */
export function putRoute(gateway: WrittenGateway, route: RouteWish): WrittenGateway {
  const routes = routesOf(gateway)
  const isThere = routes.some(({ id }) => id === route.id)
  return { ...gateway, routes: isThere ? routes.map((one) => (one.id === route.id ? route : one)) : [...routes, route] }
}

/** The settings without a route. Errors: `ROUTE_UNKNOWN`. */
export function removeRoute(gateway: WrittenGateway, id: string): Result<WrittenGateway> {
  const routes = routesOf(gateway)
  const left = routes.filter((route) => route.id !== id)
  return left.length === routes.length ? refused(refuseRollout('ROUTE_UNKNOWN')) : done({ ...gateway, routes: left })
}
