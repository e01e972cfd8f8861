import { Type } from '../../../core/index.ts'
import {
  type ControlApp,
  declareRuled,
  idempotencyHeaders,
  idempotencyOf,
  Nullable,
  noContent,
  pageOf,
  pageQuery,
  problemResponses,
  sendProblem,
  Time,
  withExample,
} from '../../../http/index.ts'
import { EmailInput } from '../body.ts'
import type { IdentityRouteDeps } from '../deps.ts'
import { declarePerson } from '../person-only.ts'
import { foreignPage } from '../visitor.ts'
import { InvitationBody, invitationBody, Language, OrganizationId, params, Roles } from './body.ts'
import { readRefusable } from './page.ts'

const tags = ['organizations']
const refusals = problemResponses(400, 401, 403, 404, 409, 429)
const one = Type.Object({
  id: OrganizationId,
  invitationId: Type.String({ pattern: '^inv_[0-9a-z]{24}$', examples: ['inv_1hq3v0c9kd5m7w2x8p4t6r1a'] }),
})

const TokenBody = Type.Object(
  {
    token: Type.String({
      minLength: 10,
      maxLength: 64,
      description: 'What stands after `token=` in the link that was mailed.',
      examples: ['spi_Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4Zm9vYmFyYmE'],
    }),
  },
  { additionalProperties: false, examples: [{ token: 'spi_Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4Zm9vYmFyYmE' }] },
)

const Named = Type.Object({ id: Type.String(), name: Type.String() })
const NAMED = { id: 'org_1hq3v0c9kd5m7w2x8p4t6r1a', name: 'Example Ltd' }

/** Asking people to join an organization (row I13). */
export function invitationRoutes(app: ControlApp, { identity }: IdentityRouteDeps): void {
  const { invitations } = identity.organizations
  const { clock } = identity.deps

  app.post(
    '/v1/organizations/:id/invitations',
    {
      ...declareRuled('organizations:manage'),
      schema: {
        tags,
        summary: 'Invite somebody by mail',
        description:
          'The link is in the mail alone, and works once. One to the same address replaces the former. At most 200 are open.',
        params,
        headers: idempotencyHeaders,
        body: Type.Object(
          {
            email: EmailInput,
            roles: Type.Optional(
              Type.With(Roles, { description: 'The default roles of the organization unless told.' }),
            ),
            language: Type.Optional(Nullable(Language)),
          },
          { additionalProperties: false, examples: [{ email: 'grace@example.com', roles: ['developer'] }] },
        ),
        response: { 201: InvitationBody, ...refusals, ...problemResponses(422) },
      },
    },
    async (request, reply) => {
      const { email, roles = null, language = null } = request.body
      const { id } = request.params
      const wish = { email, roles, language }
      const made = await invitations.invite(id, wish, request.caller, idempotencyOf(request))
      if (!made.ok) return sendProblem(reply, made.problem)
      return reply.code(201).send(invitationBody(made.value, clock.now()))
    },
  )

  app.get(
    '/v1/organizations/:id/invitations',
    {
      ...declareRuled('organizations:read', 'organizations:manage'),
      schema: {
        tags,
        summary: 'List invitations, newest first',
        description: 'Also those that were accepted, revoked or are too old, for 30 days after their end.',
        params,
        querystring: Type.Object(pageQuery, { additionalProperties: false }),
        response: { 200: pageOf(InvitationBody), ...problemResponses(400, 401, 403, 404) },
      },
    },
    async ({ params: { id }, query, caller }, reply) => {
      const page = await readRefusable(query, (part) => invitations.list(id, part, caller))
      if (!page.ok) return sendProblem(reply, page.problem)
      const items = page.value.items.map((it) => invitationBody(it, clock.now()))
      return reply.send({ items, nextCursor: page.value.nextCursor })
    },
  )

  app.delete(
    '/v1/organizations/:id/invitations/:invitationId',
    {
      ...declareRuled('organizations:manage'),
      schema: { tags, summary: 'Revoke an invitation', params: one, response: { 204: Type.Null(), ...refusals } },
    },
    async ({ params: { id, invitationId }, caller }, reply) =>
      noContent(reply, await invitations.revoke(id, invitationId, caller)),
  )

  app.post(
    '/v1/organizations/:id/invitations/:invitationId/resend',
    {
      ...declareRuled('organizations:manage'),
      schema: {
        tags,
        summary: 'Mail an invitation once more',
        description: 'With another link, for as long again; the former is dead.',
        params: one,
        response: { 200: InvitationBody, ...refusals },
      },
    },
    async ({ params: { id, invitationId }, caller }, reply) => {
      const sent = await invitations.resend(id, invitationId, caller)
      if (!sent.ok) return sendProblem(reply, sent.problem)
      return reply.send(invitationBody(sent.value, clock.now()))
    },
  )

  app.post(
    '/v1/auth/invitation',
    {
      config: { permission: 'public' as const },
      schema: {
        tags: ['sign-in'],
        summary: 'See what an invitation says',
        description:
          'For the page that the link leads to; nothing is taken. Who has no account registers with the token, who has one signs in and accepts.',
        body: TokenBody,
        response: {
          200: withExample(
            Type.Object({ organization: Named, email: Type.String(), hasAccount: Type.Boolean(), expiresAt: Time }),
            {
              organization: NAMED,
              email: 'grace@example.com',
              hasAccount: false,
              expiresAt: '2026-01-22T09:30:00.000Z',
            },
          ),
          ...problemResponses(400, 403, 410, 429),
        },
      },
    },
    async (request, reply) => {
      const foreign = foreignPage(request, identity)
      if (foreign !== null) return sendProblem(reply, foreign)
      const shown = await invitations.look(request.body.token, request.caller)
      if (!shown.ok) return sendProblem(reply, shown.problem)
      const { organization, invitation, hasAccount } = shown.value
      const { email, expiresAt } = invitation
      const { id, name } = organization
      return reply.send({ organization: { id, name }, email, hasAccount, expiresAt: new Date(expiresAt).toISOString() })
    },
  )

  app.post(
    '/v1/account/invitations/accept',
    {
      ...declarePerson(),
      schema: {
        tags: ['account'],
        summary: 'Accept an invitation',
        description:
          'It has to be one to your address. Your session stays where it is; go on in the organization with /v1/account/organization.',
        body: TokenBody,
        response: {
          200: withExample(Type.Object({ organization: Named, roles: Type.Array(Type.String()) }), {
            organization: NAMED,
            roles: ['developer'],
          }),
          ...problemResponses(400, 401, 403, 409, 410),
        },
      },
    },
    async ({ body: { token }, caller }, reply) => {
      const accepted = await invitations.accept(token, caller)
      if (!accepted.ok) return sendProblem(reply, accepted.problem)
      const { organization, membership } = accepted.value
      const { id, name } = organization
      return reply.send({ organization: { id, name }, roles: [...membership.roles] })
    },
  )
}
