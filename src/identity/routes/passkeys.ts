import { idPattern, Type } from '../../core/index.ts'
import {
  type ControlApp,
  declareAcross,
  declareCaller,
  noContent,
  problemResponses,
  sendProblem,
} from '../../http/index.ts'
import type { Added } from '../passkey/register.ts'
import type { IdentityRouteDeps } from './deps.ts'
import { backupCodesBody } from './factor-body.ts'
import {
  AddedBody,
  CreationOptionsBody,
  KindInput,
  PASSKEY_EXAMPLE,
  PasskeyBody,
  PasskeyName,
  passkeyBody,
  REGISTRATION_EXAMPLE,
  RegistrationInput,
} from './passkey-body.ts'
import { passkeySignInRoutes } from './passkey-sign-in.ts'
import { declarePerson } from './person-only.ts'
import { UserParams } from './user-body.ts'

const account = ['account']
const users = ['users']
const refusals = problemResponses(400, 401, 403, 404, 409)
const PasskeyId = Type.String({ pattern: idPattern('pky'), examples: ['pky_1hq3v0c9kd5m7w2x8p4t6r1a'] })
const params = Type.Object({ id: PasskeyId })
const ListBody = Type.Object(
  { items: Type.Array(PasskeyBody), nextCursor: Type.Null() },
  { examples: [{ items: [PASSKEY_EXAMPLE], nextCursor: null }] },
)
const strict = { additionalProperties: false } as const

/** Passkeys and security keys: one's own, those of others for administrators, and signing in with them (row I6). */
export function passkeyRoutes(app: ControlApp, deps: IdentityRouteDeps): void {
  accountRoutes(app, deps)
  userPasskeyRoutes(app, deps)
  passkeySignInRoutes(app, deps)
}

function accountRoutes(app: ControlApp, { identity }: IdentityRouteDeps): void {
  const { own, authenticators } = identity.passkeys

  app.post(
    '/v1/account/passkeys/options',
    {
      ...declarePerson(),
      schema: {
        tags: account,
        summary: 'Begin to add a passkey or security key',
        body: Type.Object({ kind: Type.Optional(KindInput) }, { ...strict, examples: [{ kind: 'passkey' }] }),
        response: { 200: CreationOptionsBody, ...refusals, ...problemResponses(429) },
      },
    },
    async ({ caller, body: { kind = 'passkey' } }, reply) => {
      const offered = await own.offer(caller, kind)
      return offered.ok ? reply.send(offered.value) : sendProblem(reply, offered.problem)
    },
  )

  app.post(
    '/v1/account/passkeys',
    {
      ...declarePerson(),
      schema: {
        tags: account,
        summary: 'Add what the authenticator made',
        body: Type.Object(
          { name: PasskeyName, response: RegistrationInput },
          { ...strict, examples: [{ name: 'Ada’s laptop', response: REGISTRATION_EXAMPLE }] },
        ),
        response: { 201: AddedBody, ...refusals },
      },
    },
    async ({ caller, body }, reply) => {
      const added = await own.add(caller, body)
      if (!added.ok) return sendProblem(reply, added.problem)
      return reply.code(201).send(addedBody(added.value))
    },
  )

  app.get(
    '/v1/account/passkeys',
    {
      ...declarePerson(),
      schema: {
        tags: account,
        summary: 'List your passkeys and security keys, newest first',
        response: {
          200: ListBody,
          ...refusals,
        },
      },
    },
    async ({ caller }, reply) => {
      const items = (await own.list(caller)).map((passkey) => passkeyBody(passkey, authenticators))
      return reply.send({ items, nextCursor: null })
    },
  )

  app.patch(
    '/v1/account/passkeys/:id',
    {
      ...declarePerson(),
      schema: {
        tags: account,
        summary: 'Give a passkey another name',
        params,
        body: Type.Object({ name: PasskeyName }, { ...strict, examples: [{ name: 'Blue key' }] }),
        response: { 200: PasskeyBody, ...refusals },
      },
    },
    async ({ caller, params: { id }, body: { name } }, reply) => {
      const renamed = await own.rename(caller, id, name)
      return renamed.ok ? reply.send(passkeyBody(renamed.value, authenticators)) : sendProblem(reply, renamed.problem)
    },
  )

  app.post(
    '/v1/account/passkeys/:id/resume',
    {
      ...declarePerson(),
      schema: {
        tags: account,
        summary: 'Take a suspended passkey into use again',
        description: 'It was suspended because a copy of it seemed to be in use. Whoever is not sure removes it.',
        params,
        response: { 200: PasskeyBody, ...refusals },
      },
    },
    async ({ caller, params: { id } }, reply) => {
      const resumed = await own.resume(caller, id)
      return resumed.ok ? reply.send(passkeyBody(resumed.value, authenticators)) : sendProblem(reply, resumed.problem)
    },
  )

  app.delete(
    '/v1/account/passkeys/:id',
    {
      ...declarePerson(),
      schema: { tags: account, summary: 'Remove a passkey', params, response: { 204: Type.Null(), ...refusals } },
    },
    async ({ caller, params: { id } }, reply) => noContent(reply, await own.remove(caller, id)),
  )

  function addedBody({ passkey, backupCodes }: Added) {
    return { passkey: passkeyBody(passkey, authenticators), backupCodes: backupCodesBody(backupCodes) }
  }
}

function userPasskeyRoutes(app: ControlApp, { identity }: IdentityRouteDeps): void {
  const { passkeys } = identity
  const { authenticators } = passkeys

  app.get(
    '/v1/users/:id/passkeys',
    {
      ...declareCaller('users:read', 'users:manage'),
      schema: {
        tags: users,
        summary: 'List the passkeys of a person, newest first',
        params: UserParams,
        response: { 200: ListBody, ...refusals },
      },
    },
    async ({ caller, params: { id } }, reply) => {
      const found = await passkeys.listOf(caller, id)
      if (!found.ok) return sendProblem(reply, found.problem)
      const items = found.value.map((passkey) => passkeyBody(passkey, authenticators))
      return reply.send({ items, nextCursor: null })
    },
  )

  app.post(
    '/v1/users/:id/passkeys/:passkey/resume',
    {
      ...declareAcross('an account is one in all organizations of a person', 'users:manage'),
      schema: {
        tags: users,
        summary: 'Take a person’s suspended passkey into use again',
        description: 'It was suspended because a copy of it seemed to be in use. Ask its owner first.',
        params: Type.Object({ ...UserParams.properties, passkey: PasskeyId }),
        response: { 200: PasskeyBody, ...refusals },
      },
    },
    async ({ caller, params: { id, passkey } }, reply) => {
      const resumed = await passkeys.resumeOf(caller, { personId: id, id: passkey })
      return resumed.ok ? reply.send(passkeyBody(resumed.value, authenticators)) : sendProblem(reply, resumed.problem)
    },
  )
}
