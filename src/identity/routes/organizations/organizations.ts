import type { FastifyReply, FastifyRequest } from 'fastify'
import { type Result, Type } from '../../../core/index.ts'
import {
  type ControlApp,
  checkVersion,
  declareRuled,
  idempotencyHeaders,
  idempotencyOf,
  pageOf,
  pageQuery,
  problemResponses,
  readPage,
  sendProblem,
  versionTag,
} from '../../../http/index.ts'
import type { OrganizationChange } from '../../organization/change.ts'
import type { Organization } from '../../organization/organization.ts'
import type { IdentityRouteDeps } from '../deps.ts'
import {
  ChangeOrganizationBody,
  NewOrganizationBody,
  OrganizationBody,
  organizationBody,
  params,
  policyWishOf,
} from './body.ts'

const tags = ['organizations']
const refusals = problemResponses(400, 401, 403, 404, 409, 412)

/** Tenants: make, list, read, change, disable (row I13). */
export function tenantRoutes(app: ControlApp, { identity }: IdentityRouteDeps): void {
  const { organizations } = identity

  app.post(
    '/v1/organizations',
    {
      ...declareRuled('organizations:manage'),
      schema: {
        tags,
        summary: 'Make an organization',
        description: 'For who may manage all of them: `organizations:manage` in `org_default`, or `*`.',
        headers: idempotencyHeaders,
        body: NewOrganizationBody,
        response: { 201: OrganizationBody, ...problemResponses(400, 401, 403, 409, 422) },
      },
    },
    async (request, reply) => {
      const { name, policy = {}, join = false } = request.body
      const wish = { name: name.trim(), policy: policyWishOf(policy), join }
      const made = await organizations.create(wish, request.caller, idempotencyOf(request))
      if (made.ok) reply.header('location', `/v1/organizations/${made.value.id}`)
      return sendOrganization(reply, made, 201)
    },
  )

  app.get(
    '/v1/organizations',
    {
      ...declareRuled('organizations:read', 'organizations:manage'),
      schema: {
        tags,
        summary: 'List organizations, newest first',
        description: 'All of them for who may manage all, your own otherwise.',
        querystring: Type.Object(pageQuery, { additionalProperties: false }),
        response: { 200: pageOf(OrganizationBody), ...problemResponses(400, 401, 403) },
      },
    },
    async ({ query, caller }, reply) => {
      const page = await readPage(query, (part) => organizations.list(part, caller))
      if (!page.ok) return sendProblem(reply, page.problem)
      return reply.send({ items: page.value.items.map(organizationBody), nextCursor: page.value.nextCursor })
    },
  )

  app.get(
    '/v1/organizations/:id',
    {
      ...declareRuled('organizations:read', 'organizations:manage'),
      schema: {
        tags,
        summary: 'Read an organization',
        params,
        response: { 200: OrganizationBody, ...problemResponses(400, 401, 403, 404) },
      },
    },
    async ({ params: { id }, caller }, reply) => sendOrganization(reply, await organizations.get(id, caller)),
  )

  app.patch(
    '/v1/organizations/:id',
    {
      ...declareRuled('organizations:manage'),
      schema: {
        tags,
        summary: 'Rename an organization, or change what it demands of its people',
        description:
          'Members of `policy` that are left out stay. What becomes stricter holds at once: sessions without a second factor end where one is demanded now, and those that were begun in a way that is not allowed any more.',
        params,
        body: ChangeOrganizationBody,
        response: { 200: OrganizationBody, ...refusals },
      },
    },
    async (request, reply) => {
      const { policy, ...rest } = request.body
      const { name, ...other } = rest
      const change: OrganizationChange = {
        ...other,
        ...(name === undefined ? {} : { name: name.trim() }),
        ...(policy === undefined ? {} : { policy: policyWishOf(policy) }),
      }
      return changeOne(request, reply, request.params.id, change)
    },
  )

  app.delete(
    '/v1/organizations/:id',
    {
      ...declareRuled('organizations:manage'),
      schema: {
        tags,
        summary: 'Disable an organization',
        description: 'Its sessions end, and the keys of its people and services stop. Nothing is deleted.',
        params,
        response: { 200: OrganizationBody, ...refusals },
      },
    },
    async (request, reply) => changeOne(request, reply, request.params.id, { enabled: false }),
  )

  type Changing = Pick<FastifyRequest, 'headers' | 'caller'>

  async function changeOne(request: Changing, reply: FastifyReply, id: string, change: OrganizationChange) {
    const version = checkVersion(request.headers['if-match'])
    if (!version.ok) return sendProblem(reply, version.problem)
    return sendOrganization(reply, await organizations.change({ id, version: version.value }, change, request.caller))
  }
}

function sendOrganization(reply: FastifyReply, result: Result<Organization>, status = 200): FastifyReply {
  if (!result.ok) return sendProblem(reply, result.problem)
  return reply.header('etag', versionTag(result.value.version)).code(status).send(organizationBody(result.value))
}
