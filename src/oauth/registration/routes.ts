import { idPattern, Type } from '../../core/index.ts'
import {
  type ControlApp,
  declareCaller,
  Nullable,
  noContent,
  optionalBody,
  pageOf,
  pageQuery,
  problemResponses,
  readPage,
  sendProblem,
  Text,
  withExample,
} from '../../http/index.ts'
import type { InitialToken, InitialTokens } from './initial-tokens.ts'

const DAY_SECONDS = 86_400
const ID = 'rgt_1hq3v0c9kd5m7w2x8p4t6r1a'
const example = {
  id: ID,
  name: 'onboarding',
  usesLeft: 10,
  expiresAt: '2026-11-22T10:00:00.000Z',
  createdAt: '2026-11-21T10:00:00.000Z',
  createdBy: 'usr_1hq3v0c9kd5m7w2x8p4t6r1a',
}

const properties = {
  id: Type.String(),
  name: Nullable(Type.String()),
  usesLeft: Type.Integer(),
  expiresAt: Type.String(),
  createdAt: Type.String(),
  createdBy: Type.String(),
}
const TokenBody = withExample(Type.Object(properties), example)
const CreatedBody = withExample(
  Type.Object({ ...properties, token: Type.String({ description: 'The token itself, shown once.' }) }),
  { ...example, token: 'spr_…' },
)
const NewBody = Type.Object(
  {
    name: Type.Optional(Text(1, 100, 'What it is for.')),
    uses: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 1000, description: 'How many clients it lets register; 1 unless told.' }),
    ),
    lifetimeSeconds: Type.Optional(
      Type.Integer({ minimum: 60, maximum: 30 * DAY_SECONDS, description: 'A day unless told.' }),
    ),
  },
  { additionalProperties: false, examples: [{ name: 'onboarding', uses: 10 }] },
)
const params = Type.Object({ id: Type.String({ pattern: idPattern('rgt'), examples: [ID] }) })
const at = '/v1/clients/registration-tokens'
const tags = ['clients']

/** Tokens that let clients register themselves (RFC 7591, section 3). */
export function registrationTokenRoutes(app: ControlApp, { tokens }: { readonly tokens: InitialTokens }): void {
  app.post(
    at,
    {
      ...optionalBody,
      ...declareCaller('clients:create'),
      schema: {
        tags,
        summary: 'Make a token that lets clients register themselves',
        body: NewBody,
        response: { 201: CreatedBody, ...problemResponses(400, 401, 403) },
      },
    },
    async ({ body, caller }, reply) => {
      const { name = null, uses = 1, lifetimeSeconds = DAY_SECONDS } = body
      const { token, text } = await tokens.create({ name, uses, lifetime: lifetimeSeconds * 1000 }, caller)
      return reply.code(201).send({ ...bodyOf(token), token: text.reveal() })
    },
  )
  app.get(
    at,
    {
      ...declareCaller('clients:read'),
      schema: {
        tags,
        summary: 'List the tokens that let clients register, newest first',
        querystring: Type.Object(pageQuery, { additionalProperties: false }),
        response: { 200: pageOf(TokenBody), ...problemResponses(400, 401, 403) },
      },
    },
    async ({ query, caller }, reply) => {
      const page = await readPage(query, (part) => tokens.list(part, caller))
      if (!page.ok) return sendProblem(reply, page.problem)
      return reply.send({ items: page.value.items.map(bodyOf), nextCursor: page.value.nextCursor })
    },
  )
  app.delete(
    `${at}/:id`,
    {
      ...declareCaller('clients:create'),
      schema: {
        tags,
        summary: 'Revoke a token that lets clients register',
        params,
        response: { 204: Type.Null(), ...problemResponses(400, 401, 403, 404) },
      },
    },
    async ({ params: { id }, caller }, reply) => noContent(reply, await tokens.revoke(id, caller)),
  )
}

function bodyOf({ expiresAt, createdAt, ...token }: InitialToken) {
  return { ...token, expiresAt: new Date(expiresAt).toISOString(), createdAt: new Date(createdAt).toISOString() }
}
