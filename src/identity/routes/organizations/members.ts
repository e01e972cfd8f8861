import { Type } from '../../../core/index.ts'
import {
  type ControlApp,
  checkVersion,
  declareAcross,
  declareRuled,
  noContent,
  pageOf,
  pageQuery,
  problemResponses,
  sendProblem,
  versionTag,
} from '../../../http/index.ts'
import type { IdentityRouteDeps } from '../deps.ts'
import { MemberBody, MemberGrantsBody, memberBody, OrganizationId, params } from './body.ts'
import { searchRefusable } from './page.ts'

const tags = ['organizations']
const refusals = problemResponses(400, 401, 403, 404, 409, 412)
const memberParams = Type.Object({
  id: OrganizationId,
  personId: Type.String({ pattern: '^usr_[0-9a-z]{24}$', examples: ['usr_1hq3v0c9kd5m7w2x8p4t6r1a'] }),
})

/** Who belongs to an organization, and what they may there (rows I1, I13). */
export function memberRoutes(app: ControlApp, { identity }: IdentityRouteDeps): void {
  const { members } = identity.organizations

  app.get(
    '/v1/organizations/:id/members',
    {
      ...declareRuled('organizations:read', 'organizations:manage'),
      schema: {
        tags,
        summary: 'List the members of an organization, newest first',
        params,
        querystring: Type.Object(pageQuery, { additionalProperties: false }),
        response: { 200: pageOf(MemberBody), ...problemResponses(400, 401, 403, 404) },
      },
    },
    async ({ params: { id }, query, caller }, reply) => {
      const listed = await searchRefusable(query, (part) => members.list(id, part, caller))
      if (!listed.ok) return sendProblem(reply, listed.problem)
      return reply.send({ items: listed.value.items.map(memberBody), nextCursor: listed.value.nextCursor })
    },
  )

  app.get(
    '/v1/organizations/:id/members/:personId',
    {
      ...declareRuled('organizations:read', 'organizations:manage'),
      schema: {
        tags,
        summary: 'Read a member of an organization',
        params: memberParams,
        response: { 200: MemberBody, ...problemResponses(400, 401, 403, 404) },
      },
    },
    async ({ params: { id, personId }, caller }, reply) => {
      const found = await members.get(id, personId, caller)
      if (!found.ok) return sendProblem(reply, found.problem)
      return reply.header('etag', versionTag(found.value.membership.version)).send(memberBody(found.value))
    },
  )

  app.put(
    '/v1/organizations/:id/members/:personId',
    {
      ...declareRuled('organizations:manage'),
      schema: {
        tags,
        summary: 'Say what a member may',
        description:
          'Whoever may manage all organizations makes any person a member so; others invite. Sessions of the member in this organization end.',
        params: memberParams,
        body: MemberGrantsBody,
        response: { 200: MemberBody, ...refusals },
      },
    },
    async (request, reply) => {
      const version = checkVersion(request.headers['if-match'])
      if (!version.ok) return sendProblem(reply, version.problem)
      const { id, personId } = request.params
      const { roles, scopes = [], permissions = [] } = request.body
      const target = { organization: id, personId, version: version.value }
      const put = await members.put(target, { roles, scopes, permissions }, request.caller)
      if (!put.ok) return sendProblem(reply, put.problem)
      return reply.header('etag', versionTag(put.value.membership.version)).send(memberBody(put.value))
    },
  )

  app.delete(
    '/v1/organizations/:id/members/:personId',
    {
      ...declareAcross('what somebody has in an organization ends after they have left it', 'organizations:manage'),
      schema: {
        tags,
        summary: 'Take a member out of an organization',
        description:
          'Their sessions there end, and invitations that they sent. Whose account belongs to the organization is disabled or erased instead.',
        params: memberParams,
        response: { 204: Type.Null(), ...refusals },
      },
    },
    async (request, reply) => {
      const version = checkVersion(request.headers['if-match'])
      if (!version.ok) return sendProblem(reply, version.problem)
      const { id, personId } = request.params
      const target = { organization: id, personId, version: version.value }
      return noContent(reply, await members.remove(target, request.caller))
    },
  )
}
