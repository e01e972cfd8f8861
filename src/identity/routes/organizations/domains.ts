import { Type } from '../../../core/index.ts'
import {
  type ControlApp,
  declareAcross,
  declareRuled,
  noContent,
  pageOf,
  problemResponses,
  sendProblem,
} from '../../../http/index.ts'
import type { IdentityRouteDeps } from '../deps.ts'
import { DomainBody, domainBody, OrganizationId, params } from './body.ts'

const tags = ['organizations']
const refusals = problemResponses(400, 401, 403, 404, 409)
const one = Type.Object({
  id: OrganizationId,
  domain: Type.String({
    minLength: 3,
    maxLength: 253,
    pattern: '^[a-z0-9.-]+$',
    description: 'As it is listed.',
    examples: ['example.com'],
  }),
})

/** The domains of an organization's mail addresses, proved by the DNS (row I13). */
export function domainRoutes(app: ControlApp, { identity }: IdentityRouteDeps): void {
  const { domains } = identity.organizations

  app.post(
    '/v1/organizations/:id/domains',
    {
      ...declareAcross('a domain is of one organization at most', 'organizations:manage'),
      schema: {
        tags,
        summary: 'Claim a domain',
        description:
          'Set `record` in the DNS, then verify. Refused are single labels, addresses, and domains that give mail addresses to everybody.',
        params,
        body: Type.Object(
          { domain: Type.String({ minLength: 1, maxLength: 253, examples: ['example.com'] }) },
          { additionalProperties: false, examples: [{ domain: 'example.com' }] },
        ),
        response: { 201: DomainBody, ...refusals },
      },
    },
    async ({ params: { id }, body, caller }, reply) => {
      const added = await domains.add(id, body.domain, caller)
      if (!added.ok) return sendProblem(reply, added.problem)
      return reply.code(201).send(domainBody(added.value))
    },
  )

  app.get(
    '/v1/organizations/:id/domains',
    {
      ...declareRuled('organizations:read', 'organizations:manage'),
      schema: {
        tags,
        summary: 'List the domains of an organization, by name',
        params,
        response: { 200: pageOf(DomainBody), ...problemResponses(400, 401, 403, 404) },
      },
    },
    async ({ params: { id }, caller }, reply) => {
      const listed = await domains.list(id, caller)
      if (!listed.ok) return sendProblem(reply, listed.problem)
      return reply.send({ items: listed.value.map(domainBody), nextCursor: null })
    },
  )

  app.post(
    '/v1/organizations/:id/domains/:domain/verify',
    {
      ...declareAcross('a domain is of one organization at most', 'organizations:manage'),
      schema: {
        tags,
        summary: 'Have the DNS prove a domain',
        description:
          'Of two organizations that prove one domain the first has it, until it deletes it or the record is gone.',
        params: one,
        response: { 200: DomainBody, ...refusals, ...problemResponses(429, 503) },
      },
    },
    async ({ params: { id, domain }, caller }, reply) => {
      const verified = await domains.verify(id, domain, caller)
      return verified.ok ? reply.send(domainBody(verified.value)) : sendProblem(reply, verified.problem)
    },
  )

  app.delete(
    '/v1/organizations/:id/domains/:domain',
    {
      ...declareRuled('organizations:manage'),
      schema: {
        tags,
        summary: 'Give a domain up',
        description: 'Who became a member by it stays one.',
        params: one,
        response: { 204: Type.Null(), ...refusals },
      },
    },
    async ({ params: { id, domain }, caller }, reply) => noContent(reply, await domains.delete(id, domain, caller)),
  )
}
