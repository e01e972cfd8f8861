import type { FastifyReply } from 'fastify'
import { organizationOf, type Result, Secret, Type } from '../../core/index.ts'
import {
  type ControlApp,
  checkVersion,
  declareAcross,
  declareCaller,
  idempotencyHeaders,
  idempotencyOf,
  noContent,
  pageOf,
  pageQuery,
  problemResponses,
  readSearch,
  refuseHttp,
  sendProblem,
  Text,
  versionTag,
} from '../../http/index.ts'
import { PERSON_STATUSES } from '../person/list.ts'
import { type Member, versionOf } from '../person/member.ts'
import type { IdentityRouteDeps } from './deps.ts'
import {
  ChangeUserBody,
  ImportUsersBody,
  MadeUserBody,
  NewUserBody,
  USER_EXAMPLE,
  UserBody,
  UserParams,
  userBody,
} from './user-body.ts'

const tags = ['users']
const refusals = problemResponses(400, 401, 403, 404, 409)

/** The name of somebody whose name nobody said. */
const nameOf = (email: string): string => email.split('@')[0] ?? email

/** People, for administrators: make, list, read, change, erase, import (row I1). */
export function userRoutes(app: ControlApp, { identity }: IdentityRouteDeps): void {
  const { people, deps } = identity
  const { language: usual } = deps.settings

  app.post(
    '/v1/users',
    {
      ...declareAcross('an account is one in all organizations of a person', 'users:manage'),
      schema: {
        tags,
        summary: 'Make a person',
        headers: idempotencyHeaders,
        body: NewUserBody,
        response: { 201: MadeUserBody, ...problemResponses(400, 401, 403, 409, 422, 503) },
      },
    },
    async (request, reply) => {
      const { password, oneTimePassword = false, email, ...rest } = request.body
      if (password !== undefined && oneTimePassword) return sendProblem(reply, twoPasswords())
      const {
        name = nameOf(email),
        language = usual,
        roles = ['user'],
        verified = false,
        mustChangePassword = false,
      } = rest
      const chosen = password === undefined ? null : new Secret(password)
      const organization = organizationOf(request.caller)
      const wish = { email, name, language, roles, verified, mustChangePassword, organization }
      const made = await people.create(
        { ...wish, password: oneTimePassword ? 'one_time' : chosen },
        request.caller,
        idempotencyOf(request),
      )
      if (!made.ok) return sendProblem(reply, made.problem)
      const { person } = made.value
      reply.header('location', `/v1/users/${person.id}`).header('etag', versionTag(versionOf(made.value)))
      return reply.code(201).send({ ...userBody(made.value), password: made.value.password?.reveal() ?? null })
    },
  )

  app.post(
    '/v1/users/import',
    {
      ...declareAcross('an account is one in all organizations of a person', 'users:manage'),
      schema: {
        tags,
        summary: 'Bring people of another system, with their hashes',
        description:
          'At most 500, all or none. Hashes of argon2, bcrypt, scrypt and PBKDF2 are taken; each is replaced by one of ours at the first sign-in.',
        body: ImportUsersBody,
        response: {
          201: Type.Object({ items: Type.Array(UserBody) }, { examples: [{ items: [USER_EXAMPLE] }] }),
          ...problemResponses(400, 401, 403, 413),
        },
      },
    },
    async ({ body, caller }, reply) => {
      const brought = body.users.map(({ email, name, language, roles, verified, passwordHash }) => ({
        email,
        name: name ?? nameOf(email),
        language: language ?? usual,
        roles: roles ?? ['user'],
        verified: verified ?? false,
        passwordHash: passwordHash ?? null,
      }))
      const made = await people.import(brought, caller)
      return made.ok ? reply.code(201).send({ items: made.value.map(userBody) }) : sendProblem(reply, made.problem)
    },
  )

  app.get(
    '/v1/users',
    {
      ...declareCaller('users:read', 'users:manage'),
      schema: {
        tags,
        summary: 'List people, newest first',
        description: 'A page may hold fewer people than asked for, or none, and still go on.',
        querystring: Type.Object(
          {
            ...pageQuery,
            email: Type.Optional(Text(1, 254, 'How the address begins.')),
            name: Type.Optional(Text(1, 128, 'Found anywhere in the name.')),
            status: Type.Optional(Type.Enum([...PERSON_STATUSES])),
          },
          { additionalProperties: false },
        ),
        response: { 200: pageOf(UserBody), ...problemResponses(400, 401, 403) },
      },
    },
    async ({ query, caller }, reply) => {
      const { email, name, status } = query
      const page = await readSearch(query, (part) => people.list({ email, name, status }, part, caller))
      if (!page.ok) return sendProblem(reply, page.problem)
      return reply.send({ items: page.value.items.map(userBody), nextCursor: page.value.nextCursor })
    },
  )

  app.get(
    '/v1/users/:id',
    {
      ...declareCaller('users:read', 'users:manage'),
      schema: {
        tags,
        summary: 'Read a person',
        params: UserParams,
        response: { 200: UserBody, ...problemResponses(400, 401, 403, 404) },
      },
    },
    async ({ params, caller }, reply) => sendMember(reply, await people.get(params.id, caller)),
  )

  app.patch(
    '/v1/users/:id',
    {
      ...declareAcross('an account is one in all organizations of a person', 'users:manage'),
      schema: {
        tags,
        summary: 'Change a person, or what they may here',
        description:
          'The account itself is for administrators of its own organization. Other roles end the sessions they were used in.',
        params: UserParams,
        body: ChangeUserBody,
        response: { 200: UserBody, ...refusals, ...problemResponses(412) },
      },
    },
    async ({ params, body, caller, headers }, reply) => {
      const version = checkVersion(headers['if-match'])
      if (!version.ok) return sendProblem(reply, version.problem)
      return sendMember(reply, await people.change({ id: params.id, version: version.value }, body, caller))
    },
  )

  app.delete(
    '/v1/users/:id',
    {
      ...declareAcross('an account is one in all organizations of a person', 'users:manage'),
      schema: {
        tags,
        summary: 'Erase a person',
        description: 'What is kept about them is gone, and their keys are revoked. This cannot be undone.',
        params: UserParams,
        response: { 204: Type.Null(), ...refusals },
      },
    },
    async ({ params, caller }, reply) => noContent(reply, await people.erase(params.id, caller)),
  )
}

/** Answers a member with the ETag of their version. */
export function sendMember(reply: FastifyReply, result: Result<Member>): FastifyReply {
  if (!result.ok) return sendProblem(reply, result.problem)
  return reply.header('etag', versionTag(versionOf(result.value))).send(userBody(result.value))
}

function twoPasswords() {
  const message = 'cannot be given together with oneTimePassword'
  return refuseHttp('INPUT_INVALID', { errors: [{ path: 'password', message }] })
}
