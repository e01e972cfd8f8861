import { done, organizationOf, type Result, refused } from '../../core/index.ts'
import {
  answer,
  type ControlApp,
  checkVersion,
  declareCaller,
  problemResponses,
  sendProblem,
  versionTag,
} from '../../http/index.ts'
import type { TupleFilter } from './list-tuples.ts'
import type { StoredModel } from './put-model.ts'
import { questionRoutes } from './question-routes.ts'
import { objectAt, subjectAt, tuplesAt } from './references.ts'
import type { Relations } from './relations.ts'
import { ModelBody, StoredModelBody, TuplePageBody, TuplePageQuery, WriteBody, WrittenBody } from './schemas.ts'
import { objectText, subjectText, type Tuple } from './tuple.ts'
import type { Batch } from './write-tuples.ts'

const tags = ['relations']
const reading = declareCaller('relations:read')
const managing = declareCaller('relations:manage')

/** The HTTP routes of relations: tuples, the model, and the questions to them. */
export function relationRoutes({ relations }: { relations: Relations }): (app: ControlApp) => Promise<void> {
  return async (app) => {
    tupleRoutes(app, relations)
    modelRoutes(app, relations)
    questionRoutes(app, relations)
  }
}

function tupleRoutes(app: ControlApp, relations: Relations): void {
  app.post(
    '/v1/relations',
    {
      ...managing,
      schema: {
        tags,
        summary: 'Write and remove tuples, all or nothing',
        description: 'The `token` of the answer makes a later question see this write.',
        body: WriteBody,
        response: { 200: WrittenBody, ...problemResponses(400, 401, 403, 404, 409) },
      },
    },
    async (request, reply) => {
      const batch = batchOf(request.body)
      if (!batch.ok) return sendProblem(reply, batch.problem)
      const result = await relations.write(batch.value, request.caller)
      if (!result.ok) return sendProblem(reply, result.problem)
      const { revision, ...counts } = result.value
      return reply.send({ ...counts, token: relations.tokenOf(organizationOf(request.caller), revision) })
    },
  )

  app.get(
    '/v1/relations',
    {
      ...reading,
      schema: {
        tags,
        summary: 'List tuples',
        querystring: TuplePageQuery,
        response: { 200: TuplePageBody, ...problemResponses(400, 401, 403) },
      },
    },
    async (request, reply) => {
      const { limit = 100, cursor = null, ...asked } = request.query
      const filter = filterOf(asked)
      if (!filter.ok) return sendProblem(reply, filter.problem)
      const page = await relations.list(organizationOf(request.caller), filter.value, { limit, cursor })
      return answer(reply, page.ok ? done({ ...page.value, items: page.value.items.map(tupleBody) }) : page)
    },
  )
}

function modelRoutes(app: ControlApp, relations: Relations): void {
  app.get(
    '/v1/relations/model',
    {
      ...declareCaller('relations:read', 'relations:check'),
      schema: {
        tags,
        summary: 'Read the model of relations',
        response: { 200: StoredModelBody, ...problemResponses(401, 403, 404) },
      },
    },
    async (request, reply) => {
      const organization = organizationOf(request.caller)
      const model = await relations.getModel(organization)
      if (!model.ok) return sendProblem(reply, model.problem)
      return reply.header('etag', versionTag(model.value.version)).send(modelBody(relations, organization, model.value))
    },
  )

  app.put(
    '/v1/relations/model',
    {
      ...managing,
      schema: {
        tags,
        summary: 'Replace the model of relations',
        description:
          'With `If-Match` only the version named is replaced, `"0"` where there must be none yet. Tuples stay; those that the new model does not allow count for nothing.',
        body: ModelBody,
        response: { 200: StoredModelBody, ...problemResponses(400, 401, 403, 412) },
      },
    },
    async (request, reply) => {
      const version = checkVersion(request.headers['if-match'])
      if (!version.ok) return sendProblem(reply, version.problem)
      const model = await relations.putModel(request.body, version.value, request.caller)
      if (!model.ok) return sendProblem(reply, model.problem)
      const body = modelBody(relations, organizationOf(request.caller), model.value)
      return reply.header('etag', versionTag(model.value.version)).send(body)
    },
  )
}

type TupleTexts = Parameters<typeof tuplesAt>[1]
type BatchBody = { readonly [K in keyof Batch]?: TupleTexts | undefined }

function batchOf(body: BatchBody): Result<Batch> {
  const write = tuplesAt('write', body.write ?? [])
  const remove = tuplesAt('remove', body.remove ?? [])
  const mustExist = tuplesAt('mustExist', body.mustExist ?? [])
  const mustNotExist = tuplesAt('mustNotExist', body.mustNotExist ?? [])
  if (!write.ok) return write
  if (!remove.ok) return remove
  if (!mustExist.ok) return mustExist
  if (!mustNotExist.ok) return mustNotExist
  const [kept, gone] = [mustExist.value, mustNotExist.value]
  return done({ write: write.value, remove: remove.value, mustExist: kept, mustNotExist: gone })
}

type Asked = { readonly [K in 'object' | 'objectType' | 'relation' | 'subject' | 'subjectType']?: string | undefined }

function filterOf(asked: Asked): Result<TupleFilter> {
  const object = asked.object === undefined ? null : objectAt('query.object', asked.object)
  const subject = asked.subject === undefined ? null : subjectAt('query.subject', asked.subject)
  if (object?.ok === false) return refused(object.problem)
  if (subject?.ok === false) return refused(subject.problem)
  return done({
    objectType: object?.value.type ?? asked.objectType ?? null,
    objectId: object?.value.id ?? null,
    relation: asked.relation ?? null,
    subjectType: subject?.value.type ?? asked.subjectType ?? null,
    subjectId: subject?.value.id ?? null,
    subjectRelation: subject?.value.relation ?? null,
  })
}

function tupleBody({ object, relation, subject, expiresAt }: Tuple) {
  return {
    object: objectText(object),
    relation,
    subject: subjectText(subject),
    expiresAt: expiresAt === null ? null : new Date(expiresAt).toISOString(),
  }
}

function modelBody(relations: Relations, organization: string, model: StoredModel) {
  const { document, version, revision, changedAt, changedBy } = model
  const token = relations.tokenOf(organization, revision)
  return { types: { ...document.types }, version, changedAt: new Date(changedAt).toISOString(), changedBy, token }
}
