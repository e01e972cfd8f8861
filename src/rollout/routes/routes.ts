import { Type } from '../../core/index.ts'
import {
  type ControlApp,
  pageOf,
  pageQuery,
  problemResponses,
  readSearch,
  refuseHttp,
  sendProblem,
  versionTag,
} from '../../http/index.ts'
import type { Rollout } from '../rollout.ts'
import { routesOf } from '../route.ts'
import { managing, querystring, reading, refusals } from './declared.ts'
import { ChangedRouteBody, OutcomeBody, RouteBody, RouteId } from './schemas.ts'
import { sendOutcome, wishOf } from './wish.ts'

const tags = ['routes']
const params = Type.Object({ id: RouteId })

/** Single routes of the gateway. Each change is one of the whole configuration, and its tag is that of its version. */
export function routeRoutes(app: ControlApp, { rollout }: { readonly rollout: Rollout }): void {
  app.get(
    '/v1/routes',
    {
      ...reading,
      schema: {
        tags,
        summary: 'List the routes in force, by id',
        querystring: Type.Object(pageQuery, { additionalProperties: false }),
        response: { 200: pageOf(RouteBody), ...problemResponses(400, 401, 403) },
      },
    },
    async ({ caller, query }, reply) => {
      const seen = rollout.seenBy(caller)
      if (!seen.ok) return sendProblem(reply, seen.problem)
      const newest = await seen.value.newest()
      const all = routesOf(newest?.gateway ?? {}).toSorted((a, b) => (a.id < b.id ? -1 : 1))
      const page = await readSearch(query, async ({ before, limit }) => {
        const rest = before === null ? all : all.filter(({ id }) => id > before)
        return { items: rest.slice(0, limit), next: rest.length > limit ? (rest[limit - 1]?.id ?? null) : null }
      })
      if (!page.ok) return sendProblem(reply, page.problem)
      return reply
        .header('etag', versionTag(newest?.version ?? 0))
        .send({ ...page.value, items: [...page.value.items] })
    },
  )

  app.get(
    '/v1/routes/:id',
    {
      ...reading,
      schema: {
        tags,
        summary: 'Read a route as it was written',
        params,
        response: { 200: RouteBody, ...problemResponses(400, 401, 403, 404) },
      },
    },
    async (request, reply) => {
      const seen = rollout.seenBy(request.caller)
      if (!seen.ok) return sendProblem(reply, seen.problem)
      const found = await seen.value.route(request.params.id)
      if (!found.ok) return sendProblem(reply, found.problem)
      return reply.header('etag', versionTag(found.value.version)).send(found.value.route)
    },
  )

  app.put(
    '/v1/routes/:id',
    {
      ...managing,
      schema: {
        tags,
        summary: 'Make or replace a route',
        description: 'The whole configuration is checked with it, and is the next version.',
        params,
        querystring,
        body: ChangedRouteBody,
        response: { 200: OutcomeBody, ...refusals },
      },
    },
    async (request, reply) => {
      const wish = wishOf(request)
      if (!wish.ok) return sendProblem(reply, wish.problem)
      const { id } = request.params
      const { id: named = id, ...rest } = request.body
      if (named !== id) {
        const errors = [{ path: 'id', message: `is not "${id}", as the address says` }]
        return sendProblem(reply, refuseHttp('INPUT_INVALID', { errors }))
      }
      return sendOutcome(reply, await rollout.putRoute({ id, ...rest }, wish.value, request.caller))
    },
  )

  app.delete(
    '/v1/routes/:id',
    {
      ...managing,
      schema: {
        tags,
        summary: 'Remove a route',
        description: 'Requests that are under way on it end as they began.',
        params,
        querystring,
        response: { 200: OutcomeBody, ...refusals },
      },
    },
    async (request, reply) => {
      const wish = wishOf(request)
      if (!wish.ok) return sendProblem(reply, wish.problem)
      return sendOutcome(reply, await rollout.removeRoute(request.params.id, wish.value, request.caller))
    },
  )
}
