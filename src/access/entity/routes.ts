import { done, Type } from '../../core/index.ts'
import {
  type ControlApp,
  declareCaller,
  noContent,
  pageOf,
  pageQuery,
  problemResponses,
  readPage,
  sendProblem,
  withExample,
} from '../../http/index.ts'
import type { Json } from '../decision/question.ts'
import type { Entities } from './entities.ts'

const tags = ['policies']
const Kind = Type.String({ minLength: 1, maxLength: 64, pattern: '^[A-Za-z_][A-Za-z0-9_.-]*$', examples: ['record'] })
const Id = Type.String({ minLength: 1, maxLength: 256, pattern: '^[\\x21-\\x7e]+$', examples: ['101'] })
const RoleName = Type.String({ minLength: 1, maxLength: 64, pattern: '^[A-Za-z][A-Za-z0-9_-]*$' })
const Properties = Type.Unsafe<{ readonly [name: string]: Json }>({ type: 'object', maxProperties: 100 })

const EntityBody = withExample(
  Type.Object(
    {
      type: Kind,
      id: Id,
      roles: Type.Optional(
        Type.Array(RoleName, {
          maxItems: 50,
          description: 'What it stands in as a subject, for policies alone: no permission comes with it.',
        }),
      ),
      properties: Type.Optional(Properties),
    },
    { additionalProperties: false },
  ),
  { type: 'record', id: '101', roles: [], properties: { department: 'Legal', owner: 'alice' } },
)
const EntityAnswer = withExample(
  Type.Object({ type: Type.String(), id: Type.String(), roles: Type.Array(Type.String()), properties: Properties }),
  { type: 'record', id: '101', roles: [], properties: { department: 'Legal', owner: 'alice' } },
)
const EntitiesBody = withExample(
  Type.Object({ items: Type.Array(EntityBody, { minItems: 1, maxItems: 200 }) }, { additionalProperties: false }),
  { items: [{ type: 'record', id: '101', properties: { department: 'Legal', owner: 'alice' } }] },
)

/** What is known of subjects and resources that others look after, for policies. */
export function entityRoutes(app: ControlApp, { entities }: { entities: Entities }): void {
  app.put(
    '/v1/entities',
    {
      ...declareCaller('policies:manage'),
      schema: {
        tags,
        summary: 'Write what is known of subjects and resources',
        description:
          'What was there of an entity is replaced. Policies read it as attributes, permissions as the owner.',
        body: EntitiesBody,
        response: { 204: Type.Null(), ...problemResponses(400, 401, 403) },
      },
    },
    async (request, reply) => {
      const told = request.body.items.map(({ roles = [], properties = {}, ...named }) => ({
        ...named,
        roles,
        properties,
      }))
      await entities.put(told, request.caller)
      return noContent(reply, done(null))
    },
  )

  app.get(
    '/v1/entities',
    {
      ...declareCaller('policies:read'),
      schema: {
        tags,
        summary: 'List what is known of one type, last id first',
        querystring: Type.Object({ ...pageQuery, type: Kind }, { additionalProperties: false }),
        response: { 200: pageOf(EntityAnswer), ...problemResponses(400, 401, 403) },
      },
    },
    async (request, reply) => {
      const { type, ...query } = request.query
      const page = await readPage(query, (part) => entities.list(type, part, request.caller))
      return page.ok ? reply.send(page.value as never) : sendProblem(reply, page.problem)
    },
  )

  app.delete(
    '/v1/entities',
    {
      ...declareCaller('policies:manage'),
      schema: {
        tags,
        summary: 'Forget what is known of a subject or resource',
        querystring: Type.Object({ type: Kind, id: Id }, { additionalProperties: false }),
        response: { 204: Type.Null(), ...problemResponses(400, 401, 403) },
      },
    },
    async (request, reply) => {
      await entities.remove(request.query.type, request.query.id, request.caller)
      return noContent(reply, done(null))
    },
  )
}
