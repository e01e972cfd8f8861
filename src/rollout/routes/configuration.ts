import { Type } from '../../core/index.ts'
import {
  type ControlApp,
  pageOf,
  pageQuery,
  problemResponses,
  readSearch,
  sendProblem,
  versionTag,
} from '../../http/index.ts'
import type { Rollout } from '../rollout.ts'
import { listedBody, versionBody } from './bodies.ts'
import { managing, querystring, reading, refusals } from './declared.ts'
import { ConfigurationBody, OutcomeBody, RollBackBody, VersionBody, VersionListed, WholeBody } from './schemas.ts'
import { sendOutcome, wishOf } from './wish.ts'

const tags = ['configuration']

/** What the gateway is told to be as a whole: read, replace, roll back, and what it was before. */
export function configurationRoutes(app: ControlApp, { rollout }: { readonly rollout: Rollout }): void {
  app.get(
    '/v1/configuration',
    {
      ...reading,
      schema: {
        tags,
        summary: 'Read the settings of the gateway that are in force',
        response: { 200: ConfigurationBody, ...problemResponses(401, 403) },
      },
    },
    async ({ caller }, reply) => {
      const seen = rollout.seenBy(caller)
      if (!seen.ok) return sendProblem(reply, seen.problem)
      const newest = await seen.value.newest()
      const body = { source: rollout.source, newest: newest === null ? null : versionBody(newest) }
      return reply.header('etag', versionTag(newest?.version ?? 0)).send(body)
    },
  )

  app.put(
    '/v1/configuration',
    {
      ...managing,
      schema: {
        tags,
        summary: 'Replace the settings of the gateway',
        description:
          'Checked whole: every mistake is told, and nothing is changed. What is right is the next version, and in force on every process within a second. Settings that say what those in force say make no version.',
        querystring,
        body: WholeBody,
        response: { 200: OutcomeBody, ...refusals },
      },
    },
    async (request, reply) => {
      const wish = wishOf(request)
      if (!wish.ok) return sendProblem(reply, wish.problem)
      return sendOutcome(reply, await rollout.apply(request.body.gateway, wish.value, request.caller))
    },
  )

  app.post(
    '/v1/configuration/roll-back',
    {
      ...managing,
      schema: {
        tags,
        summary: 'Let the gateway be again what it was',
        description: 'The settings of an older version become the next one, checked whole as any other.',
        querystring,
        body: RollBackBody,
        response: { 200: OutcomeBody, ...refusals },
      },
    },
    async (request, reply) => {
      const wish = wishOf(request)
      if (!wish.ok) return sendProblem(reply, wish.problem)
      return sendOutcome(reply, await rollout.rollBack(request.body.version, wish.value, request.caller))
    },
  )

  app.get(
    '/v1/configuration/versions',
    {
      ...reading,
      schema: {
        tags,
        summary: 'List what the gateway was told to be, newest first',
        description: 'The latest hundred versions.',
        querystring: Type.Object(pageQuery, { additionalProperties: false }),
        response: { 200: pageOf(VersionListed), ...problemResponses(400, 401, 403) },
      },
    },
    async ({ caller, query }, reply) => {
      const seen = rollout.seenBy(caller)
      if (!seen.ok) return sendProblem(reply, seen.problem)
      const page = await readSearch(query, async ({ before, limit }) => {
        const items = await seen.value.list({ before: before === null ? null : Number(before), limit: limit + 1 })
        return { items: items.slice(0, limit), next: items.length > limit ? String(items[limit - 1]?.version) : null }
      })
      if (!page.ok) return sendProblem(reply, page.problem)
      return reply.send({ items: page.value.items.map(listedBody), nextCursor: page.value.nextCursor })
    },
  )

  app.get(
    '/v1/configuration/versions/:version',
    {
      ...reading,
      schema: {
        tags,
        summary: 'Read what the gateway was told to be',
        params: Type.Object({ version: Type.Integer({ minimum: 1, maximum: 2_147_483_647, examples: [7] }) }),
        response: { 200: VersionBody, ...problemResponses(400, 401, 403, 404) },
      },
    },
    async ({ caller, params }, reply) => {
      const seen = rollout.seenBy(caller)
      if (!seen.ok) return sendProblem(reply, seen.problem)
      const version = await seen.value.get(params.version)
      return version.ok ? reply.send(versionBody(version.value)) : sendProblem(reply, version.problem)
    },
  )
}
