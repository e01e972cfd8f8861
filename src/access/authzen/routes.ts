import type { FastifyReply, FastifyRequest } from 'fastify'
import { organizationOf } from '../../core/index.ts'
import { type ControlApp, declareCaller, declareDecider, problemResponses, sendProblem } from '../../http/index.ts'
import type { Check, Asked as Told } from '../decision/check.ts'
import { ORDER } from '../decision/order.ts'
import type { Question } from '../decision/question.ts'
import { endsWith, readBatch } from './batch.ts'
import { takeAuthzen } from './manner.ts'
import { type Asked, readAsked } from './read.ts'
import {
  ActionSearch,
  ActionsFound,
  EvaluationAnswer,
  EvaluationAsked,
  EvaluationsAnswer,
  EvaluationsAsked,
  Explanation,
  Metadata,
  ResourceSearch,
  SubjectSearch,
  ThingsFound,
} from './schemas.ts'
import { type createSearch, readPage, tokenOf } from './search.ts'

export type AuthzenDeps = {
  readonly check: Check
  readonly questionOf: (organization: string, asked: Asked) => Promise<Question>
  readonly search: ReturnType<typeof createSearch>
  /** Our own name, an address without a slash at its end. */
  readonly issuer: string
  /** Signs what the metadata document says. */
  readonly signMetadata: (claims: Readonly<Record<string, unknown>>) => Promise<string>
}

const tags = ['access']
const refusals = problemResponses(400, 401, 403)
const asking = declareDecider('access:evaluate')

/** The Authorization API 1.0 of the AuthZEN working group (row A5), and the explanation of a decision. */
export function authzenRoutes({
  check,
  questionOf,
  search,
  issuer,
  signMetadata,
}: AuthzenDeps): (app: ControlApp) => Promise<void> {
  async function evaluate(request: FastifyRequest, asked: Asked): Promise<boolean> {
    const organization = organizationOf(request.caller)
    return (await check.check(organization, await questionOf(organization, asked), toldBy(request))).allowed
  }

  async function evaluateOne(request: FastifyRequest, reply: FastifyReply) {
    const asked = readAsked(request.body as Record<string, unknown>)
    if (!asked.ok) return sendProblem(reply, asked.problem)
    return reply.send({ decision: await evaluate(request, asked.value) })
  }

  return async (app) => {
    takeAuthzen(app)

    app.post(
      '/access/v1/evaluation',
      {
        ...asking,
        schema: {
          tags,
          summary: 'Decide whether a subject may (AuthZEN 1.0, section 6)',
          body: EvaluationAsked,
          response: { 200: EvaluationAnswer, ...refusals },
        },
      },
      evaluateOne,
    )

    app.post(
      '/access/v1/evaluations',
      {
        ...asking,
        schema: {
          tags,
          summary: 'Decide several questions at once (AuthZEN 1.0, section 7)',
          body: EvaluationsAsked,
          response: { 200: EvaluationsAnswer, ...refusals },
        },
      },
      async (request, reply) => {
        const batch = readBatch(request.body as Record<string, unknown>)
        if (!batch.ok) return sendProblem(reply, batch.problem)
        if (batch.value === null) return evaluateOne(request, reply)
        const evaluations: object[] = []
        for (const item of batch.value.items) {
          const decision = item.ok && (await evaluate(request, item.value))
          evaluations.push(item.ok ? { decision } : { decision, context: faultOf(item.problem) })
          if (endsWith(batch.value.semantic, decision)) break
        }
        return reply.send({ evaluations } as never)
      },
    )

    app.post(
      '/access/v1/search/subject',
      {
        ...asking,
        schema: {
          tags,
          summary: 'Find who may (AuthZEN 1.0, section 8.4)',
          body: SubjectSearch,
          response: { 200: ThingsFound, ...refusals },
        },
      },
      async (request, reply) => {
        const body: Record<string, unknown> = request.body
        const asked = readAsked(body, { subjectId: false, action: true, resourceId: true })
        const page = readPage(body.page)
        if (!asked.ok) return sendProblem(reply, asked.problem)
        if (!page.ok) return sendProblem(reply, page.problem)
        const found = await search.subjects(organizationOf(request.caller), asked.value, page.value)
        return reply.send(thingsFound(asked.value.subject.type, found))
      },
    )

    app.post(
      '/access/v1/search/resource',
      {
        ...asking,
        schema: {
          tags,
          summary: 'Find what a subject may act on (AuthZEN 1.0, section 8.5)',
          body: ResourceSearch,
          response: { 200: ThingsFound, ...refusals },
        },
      },
      async (request, reply) => {
        const body: Record<string, unknown> = request.body
        const asked = readAsked(body, { subjectId: true, action: true, resourceId: false })
        const page = readPage(body.page)
        if (!asked.ok) return sendProblem(reply, asked.problem)
        if (!page.ok) return sendProblem(reply, page.problem)
        const found = await search.resources(organizationOf(request.caller), asked.value, page.value)
        return reply.send(thingsFound(asked.value.resource.type, found))
      },
    )

    app.post(
      '/access/v1/search/action',
      {
        ...asking,
        schema: {
          tags,
          summary: 'Find what a subject may do with a resource (AuthZEN 1.0, section 8.6)',
          body: ActionSearch,
          response: { 200: ActionsFound, ...refusals },
        },
      },
      async (request, reply) => {
        const asked = readAsked(request.body, { subjectId: true, action: false, resourceId: true })
        if (!asked.ok) return sendProblem(reply, asked.problem)
        const names = await search.actions(organizationOf(request.caller), asked.value)
        return reply.send({ results: names.map((name) => ({ name })), page: { next_token: '' } })
      },
    )

    app.get(
      '/.well-known/authzen-configuration',
      {
        config: { permission: 'public' },
        schema: {
          tags,
          summary: 'Tell where decisions are asked for (AuthZEN 1.0, section 9)',
          response: { 200: Metadata },
        },
      },
      async (_request, reply) => {
        const metadata = metadataOf(issuer)
        return reply.send({ ...metadata, signed_metadata: await signMetadata(metadata) })
      },
    )

    app.post(
      '/v1/access/explain',
      {
        ...declareCaller('access:read'),
        schema: {
          tags,
          summary: 'Explain a decision: what each part says to a question',
          description: 'The question is as at `/access/v1/evaluation`. Nothing is recorded as a decision.',
          body: EvaluationAsked,
          response: { 200: Explanation, ...refusals },
        },
      },
      async (request, reply) => {
        const asked = readAsked(request.body)
        if (!asked.ok) return sendProblem(reply, asked.problem)
        const organization = organizationOf(request.caller)
        const question = await questionOf(organization, asked.value)
        const { answers, ...decision } = await check.explain(organization, question)
        const parts = ORDER.map(({ part, sentence }) => ({ part, rule: sentence, answer: answers[part] }))
        const { roles, permissions } = question.principal
        return reply.send({ ...decision, parts, principal: { roles, permissions } } as never)
      },
    )
  }
}

function toldBy({ caller }: FastifyRequest): Told {
  return { by: caller.principal.id, requestId: caller.requestId, address: caller.address }
}

function faultOf({ status, errors = [] }: { status: number; errors?: readonly { path: string; message: string }[] }) {
  return { error: { status, message: errors.map(({ path, message }) => `${path} ${message}`).join('; ') } }
}

function thingsFound(type: string, { ids, next }: { readonly ids: readonly string[]; readonly next: string }) {
  return { results: ids.map((id) => ({ type, id })), page: { next_token: tokenOf(next) } }
}

function metadataOf(issuer: string) {
  const at = issuer.replace(/\/$/, '')
  return {
    policy_decision_point: issuer,
    access_evaluation_endpoint: `${at}/access/v1/evaluation`,
    access_evaluations_endpoint: `${at}/access/v1/evaluations`,
    search_subject_endpoint: `${at}/access/v1/search/subject`,
    search_resource_endpoint: `${at}/access/v1/search/resource`,
    search_action_endpoint: `${at}/access/v1/search/action`,
  }
}
