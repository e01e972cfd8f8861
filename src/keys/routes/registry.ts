import { type Result, Type } from '../../core/index.ts'
import {
  type answer,
  type ControlApp,
  checkVersion,
  declareCaller,
  idempotencyHeaders,
  idempotencyOf,
  pageOf,
  pageQuery,
  problemResponses,
  readSearch,
  sendProblem,
  Text,
  versionTag,
} from '../../http/index.ts'
import type { Key } from '../key.ts'
import { createdBody, keyBody, keyChangeOf, newKeyOf } from './body.ts'
import type { KeyRouteDeps } from './deps.ts'
import {
  ChangeKeyBody,
  ClassificationWord,
  CreatedKeyBody,
  KeyBody,
  KeyId,
  NewKeyBody,
  OwnerId,
  RepeatedKeyBody,
  ServiceId,
  StatusWord,
  TagText,
} from './schemas.ts'

const params = Type.Object({ id: KeyId })
const tags = ['keys']

/** Create, list, read and change keys (row K16). */
export function registryRoutes(app: ControlApp, { keys, clock }: KeyRouteDeps): void {
  app.post(
    '/v1/keys',
    {
      ...declareCaller('keys:create', 'keys:manage'),
      schema: {
        tags,
        summary: 'Make a key',
        description:
          'It carries no more than you and its owner hold, ends no later than its classification allows, and takes one of its owner’s places: 409 `KEY_LIMIT_REACHED` when there is none.',
        headers: idempotencyHeaders,
        body: NewKeyBody,
        response: { 201: CreatedKeyBody, 200: RepeatedKeyBody, ...problemResponses(400, 401, 403, 409, 422) },
      },
    },
    async (request, reply) => {
      const made = await keys.create(newKeyOf(request.body), request.caller, idempotencyOf(request))
      if (!made.ok) return sendProblem(reply, made.problem)
      reply.header('etag', versionTag(made.value.key.version)).header('location', `/v1/keys/${made.value.key.id}`)
      return reply.code(made.value.secret === null ? 200 : 201).send(createdBody(made.value, clock.now()))
    },
  )

  app.get(
    '/v1/keys',
    {
      ...declareCaller('keys:read', 'keys:manage'),
      schema: {
        tags,
        summary: 'List keys, newest first',
        querystring: Type.Object(
          {
            ...pageQuery,
            status: Type.Optional(StatusWord),
            owner: Type.Optional(OwnerId),
            service: Type.Optional(ServiceId),
            tag: Type.Optional(TagText),
            classification: Type.Optional(ClassificationWord),
            text: Type.Optional(Text(1, 100, 'Part of the name or description.')),
          },
          { additionalProperties: false },
        ),
        response: { 200: pageOf(KeyBody), ...problemResponses(400, 401, 403) },
      },
    },
    async (request, reply) => {
      const { limit, cursor, owner, service, ...filter } = request.query
      const wanted = {
        ...filter,
        ...(owner === undefined ? {} : { ownerId: owner }),
        ...(service === undefined ? {} : { serviceId: service }),
      }
      const page = await readSearch({ limit, cursor }, (part) => keys.list(wanted, part, request.caller))
      if (!page.ok) return sendProblem(reply, page.problem)
      const { items, nextCursor } = page.value
      return reply.send({ items: items.map((key) => keyBody(key, clock.now())), nextCursor })
    },
  )

  app.get(
    '/v1/keys/:id',
    {
      ...declareCaller('keys:read', 'keys:manage'),
      schema: {
        tags,
        summary: 'Read a key',
        params,
        response: { 200: KeyBody, ...problemResponses(400, 401, 403, 404) },
      },
    },
    async (request, reply) => sendKey(reply, await keys.get(request.params.id, request.caller)),
  )

  app.patch(
    '/v1/keys/:id',
    {
      ...declareCaller('keys:update', 'keys:manage'),
      schema: {
        tags,
        summary: 'Change a key',
        params,
        body: ChangeKeyBody,
        response: { 200: KeyBody, ...problemResponses(400, 401, 403, 404, 409, 412) },
      },
    },
    async (request, reply) => {
      const version = checkVersion(request.headers['if-match'])
      if (!version.ok) return sendProblem(reply, version.problem)
      const target = { id: request.params.id, version: version.value }
      return sendKey(reply, await keys.change(target, keyChangeOf(request.body), request.caller))
    },
  )

  function sendKey(reply: Parameters<typeof answer>[0], result: Result<Key>) {
    if (!result.ok) return sendProblem(reply, result.problem)
    return reply.header('etag', versionTag(result.value.version)).send(keyBody(result.value, clock.now()))
  }
}
