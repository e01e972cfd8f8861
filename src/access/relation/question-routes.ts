import type { FastifyReply } from 'fastify'
import { done, organizationOf, type Result } from '../../core/index.ts'
import { answer, type ControlApp, declareCaller, problemResponses, sendProblem } from '../../http/index.ts'
import type { Consulted } from './consult.ts'
import { objectAt, subjectAt } from './references.ts'
import type { Relations } from './relations.ts'
import { CheckBody, CheckedBody, ExpandBody, ExpandedBody, NamesBody, ObjectsBody, SubjectsBody } from './schemas.ts'
import { objectText, subjectText } from './tuple.ts'

const tags = ['relations']
const asking = declareCaller('relations:check')
const refusals = problemResponses(400, 401, 403, 404, 422, 503)

/** The questions to relations. Each answers with the token of the moment that it is true of. */
export function questionRoutes(app: ControlApp, relations: Relations): void {
  checkRoute(app, relations)
  expandRoute(app, relations)
  objectsRoute(app, relations)
  subjectsRoute(app, relations)
}

function checkRoute(app: ControlApp, relations: Relations): void {
  app.post(
    '/v1/relations/check',
    {
      ...asking,
      schema: {
        tags,
        summary: 'Ask whether a subject has a relation to an object',
        body: CheckBody,
        response: { 200: CheckedBody, ...refusals },
      },
    },
    async (request, reply) => {
      const { relation, token = null } = request.body
      const object = objectAt('object', request.body.object)
      const subject = subjectAt('subject', request.body.subject)
      if (!object.ok) return sendProblem(reply, object.problem)
      if (!subject.ok) return sendProblem(reply, subject.problem)
      const organization = organizationOf(request.caller)
      const input = { object: object.value, relation, subject: subject.value, token }
      const result = await relations.check(organization, input)
      return send(reply, relations, organization, result, (allowed) => ({ allowed }))
    },
  )
}

function expandRoute(app: ControlApp, relations: Relations): void {
  app.post(
    '/v1/relations/expand',
    {
      ...asking,
      schema: {
        tags,
        summary: 'Show of whom a relation of an object is made, one step far',
        body: ExpandBody,
        response: { 200: ExpandedBody, ...refusals },
      },
    },
    async (request, reply) => {
      const { relation, token = null } = request.body
      const object = objectAt('object', request.body.object)
      if (!object.ok) return sendProblem(reply, object.problem)
      const organization = organizationOf(request.caller)
      const result = await relations.expand(organization, { object: object.value, relation, token })
      return send(reply, relations, organization, result, (tree) => ({ tree: { ...tree } }))
    },
  )
}

function objectsRoute(app: ControlApp, relations: Relations): void {
  app.post(
    '/v1/relations/objects',
    {
      ...asking,
      schema: {
        tags,
        summary: 'List the objects that a subject has a relation to',
        body: ObjectsBody,
        response: { 200: NamesBody('document:42'), ...refusals },
      },
    },
    async (request, reply) => {
      const { type, relation, limit = 100, cursor = null, token = null } = request.body
      const subject = subjectAt('subject', request.body.subject)
      if (!subject.ok) return sendProblem(reply, subject.problem)
      const organization = organizationOf(request.caller)
      const input = { type, relation, subject: subject.value, limit, cursor, token }
      const result = await relations.objects(organization, input)
      return send(reply, relations, organization, result, ({ ids, nextCursor }) => ({
        items: ids.map((id) => objectText({ type, id })),
        nextCursor,
      }))
    },
  )
}

function subjectsRoute(app: ControlApp, relations: Relations): void {
  app.post(
    '/v1/relations/subjects',
    {
      ...asking,
      schema: {
        tags,
        summary: 'List the subjects that have a relation to an object',
        description: '`user:*` in the list stands for everybody of the type.',
        body: SubjectsBody,
        response: { 200: NamesBody('user:ada'), ...refusals },
      },
    },
    async (request, reply) => {
      const { type, subjectRelation = '', relation, limit = 100, cursor = null, token = null } = request.body
      const object = objectAt('object', request.body.object)
      if (!object.ok) return sendProblem(reply, object.problem)
      const organization = organizationOf(request.caller)
      const named = { object: object.value, relation, subjectType: type, subjectRelation }
      const result = await relations.subjects(organization, { ...named, limit, cursor, token })
      return send(reply, relations, organization, result, ({ ids, nextCursor }) => ({
        items: ids.map((id) => subjectText({ type, id, relation: subjectRelation })),
        nextCursor,
      }))
    },
  )
}

function send<T>(
  reply: FastifyReply,
  relations: Relations,
  organization: string,
  result: Result<Consulted<T>>,
  bodyOf: (value: T) => object,
) {
  if (!result.ok) return sendProblem(reply, result.problem)
  const { value, revision } = result.value
  return answer(reply, done({ ...bodyOf(value), token: relations.tokenOf(organization, revision) }))
}
