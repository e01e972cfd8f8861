import type { FastifyReply } from 'fastify'
import { type Result, Type } from '../../core/index.ts'
import {
  answer,
  type ControlApp,
  checkVersion,
  declareCaller,
  idempotencyHeaders,
  idempotencyOf,
  noContent,
  pageOf,
  pageQuery,
  problemResponses,
  readPage,
  sendProblem,
  versionTag,
} from '../../http/index.ts'
import type { Entities } from '../entity/entities.ts'
import { entityRoutes } from '../entity/routes.ts'
import { newPolicyOf, policyBody, policyChangeOf, trialOf, versionBody } from './body.ts'
import type { PolicyTarget } from './change.ts'
import type { Policies } from './policies.ts'
import type { Policy } from './policy.ts'
import {
  ChangePolicyBody,
  ChangeSchemaBody,
  DryRunAsked,
  DryRunBody,
  NewPolicyBody,
  PolicyBody,
  PolicyId,
  RollBackBody,
  SchemaBody,
  VersionsBody,
} from './schemas.ts'

const params = Type.Object({ id: PolicyId })
const tags = ['policies']
const reading = declareCaller('policies:read')
const managing = declareCaller('policies:manage')
const refusals = problemResponses(400, 401, 403, 404, 409, 412, 422)

/** Policies of an organization: make, list, read, change, roll back, delete, try; and the schema they are held against. */
export function policyRoutes(deps: { policies: Policies; entities: Entities }): (app: ControlApp) => Promise<void> {
  return async (app) => {
    changingRoutes(app, deps)
    entityRoutes(app, deps)
  }
}

function changingRoutes(app: ControlApp, { policies }: { policies: Policies }): void {
  app.post(
    '/v1/policies',
    {
      ...managing,
      schema: {
        tags,
        summary: 'Make a policy',
        description:
          'It is held against the schema and its examples are asked; it decides on every node within a second.',
        headers: idempotencyHeaders,
        body: NewPolicyBody,
        response: { 201: PolicyBody, 200: PolicyBody, ...problemResponses(400, 401, 403, 409, 422) },
      },
    },
    async (request, reply) => {
      const made = await policies.create(newPolicyOf(request.body), request.caller, idempotencyOf(request))
      if (!made.ok) return sendProblem(reply, made.problem)
      const { policy, repeated } = made.value
      reply.header('location', `/v1/policies/${policy.id}`).header('etag', versionTag(policy.version))
      return reply.code(repeated ? 200 : 201).send(policyBody(policy))
    },
  )

  app.get(
    '/v1/policies',
    {
      ...reading,
      schema: {
        tags,
        summary: 'List policies, newest first',
        querystring: Type.Object(pageQuery, { additionalProperties: false }),
        response: { 200: pageOf(PolicyBody), ...problemResponses(400, 401, 403) },
      },
    },
    async (request, reply) => {
      const page = await readPage(request.query, (part) => policies.list(part, request.caller))
      if (!page.ok) return sendProblem(reply, page.problem)
      return reply.send({ items: page.value.items.map(policyBody), nextCursor: page.value.nextCursor })
    },
  )

  app.get(
    '/v1/policies/schema',
    {
      ...reading,
      schema: {
        tags,
        summary: 'Read the schema that policies are held against',
        response: { 200: SchemaBody, ...problemResponses(401, 403) },
      },
    },
    async (request, reply) => {
      const schema = await policies.schema(request.caller)
      return reply.header('etag', versionTag(schema.version)).send(schema)
    },
  )

  app.put(
    '/v1/policies/schema',
    {
      ...managing,
      schema: {
        tags,
        summary: 'Change the schema',
        description: 'Every policy is held against it first. null takes it away: policies are then parsed and no more.',
        body: ChangeSchemaBody,
        response: { 200: SchemaBody, ...problemResponses(400, 401, 403, 409, 412, 422) },
      },
    },
    async (request, reply) => {
      const version = checkVersion(request.headers['if-match'])
      if (!version.ok) return sendProblem(reply, version.problem)
      const changed = await policies.changeSchema(version.value, request.body.added, request.caller)
      if (!changed.ok) return sendProblem(reply, changed.problem)
      return reply.header('etag', versionTag(changed.value.version)).send(changed.value)
    },
  )

  app.post(
    '/v1/policies/dry-run',
    {
      ...managing,
      schema: {
        tags,
        summary: 'Try a change against the decisions that were recorded',
        description: 'Nothing is saved. Without `id` it is a new policy that is tried.',
        body: DryRunAsked,
        response: { 200: DryRunBody, ...problemResponses(400, 401, 403, 404, 409, 422) },
      },
    },
    async (request, reply) => {
      const trial = trialOf(request.body)
      if (!trial.ok) return sendProblem(reply, trial.problem)
      return answer(reply, await policies.dryRun(trial.value, request.caller))
    },
  )

  app.get(
    '/v1/policies/:id',
    {
      ...reading,
      schema: {
        tags,
        summary: 'Read a policy',
        params,
        response: { 200: PolicyBody, ...problemResponses(400, 401, 403, 404) },
      },
    },
    async (request, reply) => sendPolicy(reply, await policies.get(request.params.id, request.caller)),
  )

  app.patch(
    '/v1/policies/:id',
    {
      ...managing,
      schema: {
        tags,
        summary: 'Change, disable or enable a policy',
        description: 'What is not named stays. What it said before is kept as a version.',
        params,
        body: ChangePolicyBody,
        response: { 200: PolicyBody, ...refusals },
      },
    },
    async (request, reply) => {
      const target = targetOf(request)
      if (!target.ok) return sendProblem(reply, target.problem)
      return sendPolicy(reply, await policies.change(target.value, policyChangeOf(request.body), request.caller))
    },
  )

  app.delete(
    '/v1/policies/:id',
    {
      ...managing,
      schema: {
        tags,
        summary: 'Delete a policy and its versions',
        params,
        response: { 204: Type.Null(), ...refusals },
      },
    },
    async (request, reply) => {
      const target = targetOf(request)
      return noContent(reply, target.ok ? await policies.remove(target.value, request.caller) : target)
    },
  )

  app.get(
    '/v1/policies/:id/versions',
    {
      ...reading,
      schema: {
        tags,
        summary: 'Read what a policy said, newest first',
        params,
        response: { 200: VersionsBody, ...problemResponses(400, 401, 403, 404) },
      },
    },
    async (request, reply) => {
      const versions = await policies.versions(request.params.id, request.caller)
      if (!versions.ok) return sendProblem(reply, versions.problem)
      return reply.send({ items: versions.value.map(versionBody), nextCursor: null } as never)
    },
  )

  app.post(
    '/v1/policies/:id/roll-back',
    {
      ...managing,
      schema: {
        tags,
        summary: 'Let a policy say again what it said',
        description: 'That is a new version, held against the schema and the examples as any other.',
        params,
        body: RollBackBody,
        response: { 200: PolicyBody, ...refusals },
      },
    },
    async (request, reply) => {
      const target = targetOf(request)
      if (!target.ok) return sendProblem(reply, target.problem)
      return sendPolicy(reply, await policies.rollBack(target.value, request.body.version, request.caller))
    },
  )
}

type Changing = {
  readonly headers: Readonly<Record<string, unknown>>
  readonly params: { readonly id: string }
}

function targetOf({ headers, params: { id } }: Changing): Result<PolicyTarget> {
  const tag = headers['if-match']
  const version = checkVersion(typeof tag === 'string' ? tag : undefined)
  return version.ok ? { ok: true, value: { id, version: version.value } } : version
}

function sendPolicy(reply: FastifyReply, result: Result<Policy>) {
  if (!result.ok) return sendProblem(reply, result.problem)
  return reply.header('etag', versionTag(result.value.version)).send(policyBody(result.value))
}
