import { type Caller, organizationOf, type Problem, type Result, Type } from '../../core/index.ts'
import {
  type ControlApp,
  declareAcross,
  declareCaller,
  noContent,
  pageOf,
  pageQuery,
  problemResponses,
  readPage,
  sendProblem,
} from '../../http/index.ts'
import type { OauthClient } from '../client/client.ts'
import type { Consent } from './consent.ts'
import type { Consents } from './consents.ts'
import { ConsentBody, ConsentId, consentBody, PersonId } from './schemas.ts'

export type ConsentRouteDeps = {
  readonly consents: Consents
  readonly findClient: (id: string) => Promise<OauthClient | null>
  /** A person of the caller's organization. Errors: those of whoever knows people. */
  readonly findMember: (id: string, caller: Caller) => Promise<Result<unknown>>
  /** Why a caller may not end what a person has in the caller's organization; null when they may. */
  readonly membershipProblem: (id: string, caller: Caller) => Promise<Problem | null>
}

const refusals = problemResponses(400, 401, 403, 404)
const querystring = Type.Object(pageQuery, { additionalProperties: false })
const person = { config: { permission: 'person' as const } }

/** What people agreed to: one's own, and that of others for administrators (row O7). */
export function consentRoutes(app: ControlApp, deps: ConsentRouteDeps): void {
  const { consents } = deps

  app.get(
    '/v1/account/consents',
    {
      ...person,
      schema: {
        tags: ['account'],
        summary: 'List which programs may act for you, newest first',
        querystring,
        response: { 200: pageOf(ConsentBody), ...problemResponses(400, 401, 403) },
      },
    },
    async ({ query, caller }, reply) => {
      const whose = { personId: caller.principal.id, organization: null }
      const page = await readPage(query, (part) => consents.list(whose, part))
      if (!page.ok) return sendProblem(reply, page.problem)
      return reply.send({ items: await bodiesOf(page.value.items), nextCursor: page.value.nextCursor })
    },
  )

  app.delete(
    '/v1/account/consents/:id',
    {
      ...person,
      schema: {
        tags: ['account'],
        summary: 'Withdraw what you agreed to with a program',
        description: 'Every token that it holds for you ends, everywhere within a second. It has to ask you again.',
        params: Type.Object({ id: ConsentId }),
        response: { 204: Type.Null(), ...refusals },
      },
    },
    async ({ params: { id }, caller }, reply) => noContent(reply, await consents.withdraw(id, caller)),
  )

  app.get(
    '/v1/users/:id/consents',
    {
      ...declareCaller('users:read', 'users:manage'),
      schema: {
        tags: ['users'],
        summary: 'List which programs may act for a person in your organization, newest first',
        params: Type.Object({ id: PersonId }),
        querystring,
        response: { 200: pageOf(ConsentBody), ...refusals },
      },
    },
    async ({ params: { id }, query, caller }, reply) => {
      const member = await deps.findMember(id, caller)
      if (!member.ok) return sendProblem(reply, member.problem)
      const whose = { personId: id, organization: organizationOf(caller) }
      const page = await readPage(query, (part) => consents.list(whose, part))
      if (!page.ok) return sendProblem(reply, page.problem)
      return reply.send({ items: await bodiesOf(page.value.items), nextCursor: page.value.nextCursor })
    },
  )

  app.delete(
    '/v1/users/:id/consents',
    {
      ...declareAcross('what somebody agreed to hangs on sessions of no organization', 'users:manage'),
      schema: {
        tags: ['users'],
        summary: 'Withdraw all that a person agreed to in your organization',
        description:
          'Every token that came of it ends. Programs have to ask the person again. Not of who holds more than you.',
        params: Type.Object({ id: PersonId }),
        response: { 200: Type.Object({ withdrawn: Type.Integer() }, { examples: [{ withdrawn: 2 }] }), ...refusals },
      },
    },
    async ({ params: { id }, caller }, reply) => {
      const problem = await deps.membershipProblem(id, caller)
      if (problem !== null) return sendProblem(reply, problem)
      const whose = { personId: id, organization: organizationOf(caller) }
      return reply.send({ withdrawn: await consents.withdrawAll(whose, caller) })
    },
  )

  async function bodiesOf(found: readonly Consent[]) {
    const clients = await Promise.all(found.map(({ clientId }) => deps.findClient(clientId)))
    return found.map((consent, at) => consentBody(consent, clients[at]?.name ?? null))
  }
}
