import type { Static } from 'typebox'
import { done, type Result, refused, Type } from '../../core/index.ts'
import {
  type ControlApp,
  declareCaller,
  pageOf,
  pageQuery,
  problemResponses,
  readSearch,
  refuseHttp,
  sendProblem,
} from '../../http/index.ts'
import type { UsageQuestion, UsageReport } from '../usage-report.ts'
import { keyBody } from './body.ts'
import type { KeyRouteDeps } from './deps.ts'
import { KeyId } from './schemas.ts'
import { BusiestBody, BusiestQuery, Days, UnusedKeyBody, UsageBody, UsageQuery } from './usage-schemas.ts'

const params = Type.Object({ id: KeyId })
const tags = ['keys']
const refusals = problemResponses(400, 401, 403, 404)

const MOST_BUSY = 10
const QUIET_DAYS = 30

/** What the traffic of keys tells: usage of one, the busiest, those nobody uses (row K24). */
export function usageRoutes(app: ControlApp, { keys, clock }: KeyRouteDeps): void {
  app.get(
    '/v1/keys/:id/usage',
    {
      ...declareCaller('keys:read', 'keys:manage'),
      schema: {
        tags,
        summary: 'How a key is used',
        description:
          'Uses, requests, rates and response times of the running hour, day and month, what came most, and a time series when asked for. Minutes are kept for a day, hours for 31 days, days for two years.',
        params,
        querystring: UsageQuery,
        response: { 200: UsageBody, ...refusals },
      },
    },
    async (request, reply) => {
      const question = questionOf(request.query)
      if (!question.ok) return sendProblem(reply, question.problem)
      const report = await keys.usage(request.params.id, request.caller, question.value)
      return report.ok ? reply.send(usageBody(report.value)) : sendProblem(reply, report.problem)
    },
  )

  app.post(
    '/v1/keys/:id/usage/reset',
    {
      ...declareCaller('keys:update', 'keys:manage'),
      schema: {
        tags,
        summary: 'Set the used quota of a key back to nothing',
        params,
        response: { 204: Type.Null(), ...refusals },
      },
    },
    async (request, reply) => {
      const reset = await keys.resetUsage(request.params.id, request.caller)
      return reset.ok ? reply.code(204).send(null) : sendProblem(reply, reset.problem)
    },
  )

  app.get(
    '/v1/keys/usage/top',
    {
      ...declareCaller('keys:read', 'keys:manage'),
      schema: {
        tags,
        summary: 'The keys with the most requests',
        querystring: BusiestQuery,
        response: { 200: BusiestBody, ...problemResponses(400, 401, 403) },
      },
    },
    async (request, reply) => {
      const { period = 'day', limit: most = MOST_BUSY } = request.query
      const { from, items } = await keys.busiest({ period, most }, request.caller)
      return reply.send({ period, from: iso(from), items: [...items] })
    },
  )

  app.get(
    '/v1/keys/unused',
    {
      ...declareCaller('keys:read', 'keys:manage'),
      schema: {
        tags,
        summary: 'Keys that still work but that nobody uses, newest first',
        description: 'A page may hold fewer keys than asked for and still have a `nextCursor`.',
        querystring: Type.Object({ ...pageQuery, days: Type.Optional(Days) }, { additionalProperties: false }),
        response: { 200: pageOf(UnusedKeyBody), ...problemResponses(400, 401, 403) },
      },
    },
    async (request, reply) => {
      const { days = QUIET_DAYS, ...query } = request.query
      const page = await readSearch(query, (part) => keys.unused(days, part, request.caller))
      if (!page.ok) return sendProblem(reply, page.problem)
      const items = page.value.items.map(({ key, lastUsedAt }) => ({
        ...keyBody(key, clock.now()),
        lastUsedAt: isoOrNull(lastUsedAt),
      }))
      return reply.send({ items, nextCursor: page.value.nextCursor })
    },
  )
}

function questionOf({ period, series, from, to }: Static<typeof UsageQuery>): Result<UsageQuestion> {
  const chosen = period === undefined ? {} : { period }
  if (series !== undefined) return done({ ...chosen, series: { by: series, from: timeOf(from), to: timeOf(to) } })
  const lost = [from === undefined ? null : 'query.from', to === undefined ? null : 'query.to'].filter(
    (path) => path !== null,
  )
  if (lost.length === 0) return done(chosen)
  const message = 'says when a time series is about; say `series` too'
  return refused(refuseHttp('INPUT_INVALID', { errors: lost.map((path) => ({ path, message })) }))
}

function usageBody({ series, lastUsedAt, ...report }: UsageReport): Static<typeof UsageBody> {
  return {
    ...report,
    lastUsedAt: isoOrNull(lastUsedAt),
    endpoints: [...report.endpoints],
    addresses: [...report.addresses],
    countries: [...report.countries],
    codes: [...report.codes],
    series:
      series === null
        ? null
        : {
            by: series.by,
            from: iso(series.from),
            to: iso(series.to),
            points: series.points.map(({ at, ...figures }) => ({ at: iso(at), ...figures })),
          },
  }
}

function timeOf(text: string | undefined): number | null {
  return text === undefined ? null : Date.parse(text)
}

function iso(at: number): string {
  return new Date(at).toISOString()
}

function isoOrNull(at: number | null): string | null {
  return at === null ? null : iso(at)
}
