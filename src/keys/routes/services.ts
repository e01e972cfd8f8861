import type { FastifyReply } from 'fastify'
import { type Result, Type } from '../../core/index.ts'
import {
  type ControlApp,
  checkVersion,
  declareCaller,
  idempotencyHeaders,
  idempotencyOf,
  pageOf,
  pageQuery,
  problemResponses,
  readPage,
  sendProblem,
  versionTag,
} from '../../http/index.ts'
import type { Service } from '../service/service.ts'
import type { ServiceChange } from '../service/services.ts'
import { serviceBody } from './body.ts'
import type { KeyRouteDeps } from './deps.ts'
import { ChangeServiceBody, NewServiceBody, ServiceBody, ServiceId } from './schemas.ts'

const params = Type.Object({ id: ServiceId })
const tags = ['services']
const refusals = problemResponses(400, 401, 403, 404, 409, 412)

/** Services: create, list, read, change, disable (row K18). */
export function serviceRoutes(app: ControlApp, { keys }: KeyRouteDeps): void {
  const { services } = keys

  app.post(
    '/v1/services',
    {
      ...declareCaller('services:manage'),
      schema: {
        tags,
        summary: 'Register a service',
        headers: idempotencyHeaders,
        body: NewServiceBody,
        response: { 201: ServiceBody, ...problemResponses(400, 401, 403, 409, 422) },
      },
    },
    async (request, reply) => {
      const { description = '', ...rest } = request.body
      const made = await services.create({ ...rest, description }, request.caller, idempotencyOf(request))
      if (made.ok) reply.header('location', `/v1/services/${made.value.id}`)
      return sendService(reply, made, 201)
    },
  )

  app.get(
    '/v1/services',
    {
      ...declareCaller('services:read', 'services:manage'),
      schema: {
        tags,
        summary: 'List services, newest first',
        querystring: Type.Object(pageQuery, { additionalProperties: false }),
        response: { 200: pageOf(ServiceBody), ...problemResponses(400, 401, 403) },
      },
    },
    async (request, reply) => {
      const page = await readPage(request.query, (part) => services.list(part, request.caller))
      if (!page.ok) return sendProblem(reply, page.problem)
      return reply.send({ items: page.value.items.map(serviceBody), nextCursor: page.value.nextCursor })
    },
  )

  app.get(
    '/v1/services/:id',
    {
      ...declareCaller('services:read', 'services:manage'),
      schema: {
        tags,
        summary: 'Read a service',
        params,
        response: { 200: ServiceBody, ...problemResponses(400, 401, 403, 404) },
      },
    },
    async (request, reply) => sendService(reply, await services.get(request.params.id, request.caller)),
  )

  app.patch(
    '/v1/services/:id',
    {
      ...declareCaller('services:manage'),
      schema: {
        tags,
        summary: 'Rename, describe, narrow, widen, disable or enable a service',
        description:
          'Its keys hear of it at once: what a service does not hold any more its keys do not give, and a disabled service disables them. Roles named where every permission was held stand instead of it.',
        params,
        body: ChangeServiceBody,
        response: { 200: ServiceBody, ...refusals },
      },
    },
    async (request, reply) => changeService(request, reply, request.body),
  )

  app.delete(
    '/v1/services/:id',
    {
      ...declareCaller('services:manage'),
      schema: { tags, summary: 'Disable a service and its keys', params, response: { 200: ServiceBody, ...refusals } },
    },
    async (request, reply) => changeService(request, reply, { enabled: false }),
  )

  type Changing = {
    headers: { 'if-match'?: string | undefined }
    params: { id: string }
    caller: Parameters<typeof services.get>[1]
  }

  async function changeService(request: Changing, reply: FastifyReply, change: ServiceChange) {
    const version = checkVersion(request.headers['if-match'])
    if (!version.ok) return sendProblem(reply, version.problem)
    const target = { id: request.params.id, version: version.value }
    return sendService(reply, await services.change(target, change, request.caller))
  }

  function sendService(reply: FastifyReply, result: Result<Service>, status = 200) {
    if (!result.ok) return sendProblem(reply, result.problem)
    return reply.header('etag', versionTag(result.value.version)).code(status).send(serviceBody(result.value))
  }
}
