import { done, Type } from '../../core/index.ts'
import { type ControlApp, Nullable, noContent, problemResponses, sendProblem } from '../../http/index.ts'
import type { Added } from '../passkey/register.ts'
import { StandingBody } from './auth.ts'
import { FlowInput } from './body.ts'
import type { IdentityRouteDeps } from './deps.ts'
import { EnrolledStandingBody } from './enroll.ts'
import { backupCodesBody } from './factor-body.ts'
import {
  AddedBody,
  ASSERTION_EXAMPLE,
  AssertionInput,
  CreationOptionsBody,
  KindInput,
  PASSKEY_EXAMPLE,
  PasskeyBody,
  PasskeyName,
  passkeyBody,
  REGISTRATION_EXAMPLE,
  RegistrationInput,
  RequestOptionsBody,
} from './passkey-body.ts'
import { declarePerson } from './person-only.ts'
import { steadily } from './steady.ts'
import { foreignPage, sendStanding, visitorOf } from './visitor.ts'

const open = { config: { permission: 'public' as const } }
const account = ['account']
const signIn = ['sign-in']
const refusals = problemResponses(400, 401, 403, 404, 409)
const openRefusals = problemResponses(400, 401, 403, 409, 429)
const params = Type.Object({ id: Type.String({ pattern: '^pky_[0-9a-z]{24}$' }) })
const FLOW = 'spf_Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4Zm9vYmFyYmE'
const strict = { additionalProperties: false } as const

/** Passkeys and security keys: those of somebody, signing in with one, enrolling one on the way in (row I6). */
export function passkeyRoutes(app: ControlApp, deps: IdentityRouteDeps): void {
  accountRoutes(app, deps)
  signInRoutes(app, deps)
  enrolRoutes(app, deps)
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
        response: { 200: CreationOptionsBody, ...refusals },
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
          200: Type.Object(
            { items: Type.Array(PasskeyBody), nextCursor: Type.Null() },
            { examples: [{ items: [PASSKEY_EXAMPLE], nextCursor: null }] },
          ),
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

function signInRoutes(app: ControlApp, { identity }: IdentityRouteDeps): void {
  const { clock, settings } = identity.deps
  const { passkeys } = identity

  app.post(
    '/v1/auth/passkey/options',
    {
      ...open,
      schema: {
        tags: signIn,
        summary: 'Begin to sign in with a passkey',
        description:
          'Without `flow` the browser offers the passkeys that it has, in a form field too (conditional mediation). With it, credentials are named: the same form and number whether the address has an account or not.',
        body: Type.Object({ flow: Type.Optional(FlowInput) }, { ...strict, examples: [{}] }),
        response: { 200: RequestOptionsBody, ...openRefusals },
      },
    },
    async (request, reply) => {
      const foreign = foreignPage(request, identity)
      if (foreign !== null) return sendProblem(reply, foreign)
      const { flow = null } = request.body
      const work = passkeys.signIn.begin(flow, request.caller)
      const begun = await (flow === null ? work : steadily(clock, settings.answerDelay, work))
      return begun.ok ? reply.send(begun.value) : sendProblem(reply, begun.problem)
    },
  )

  app.post(
    '/v1/auth/passkey',
    {
      ...open,
      schema: {
        tags: signIn,
        summary: 'Sign in with a passkey',
        description: 'It has to verify its user by a PIN or a finger. Every refusal is the same to whoever asks.',
        body: Type.Object(
          {
            flow: Type.Optional(FlowInput),
            organization: Type.Optional(Nullable(Type.String({ minLength: 1, maxLength: 64 }))),
            response: AssertionInput,
          },
          { ...strict, examples: [{ response: ASSERTION_EXAMPLE }] },
        ),
        response: { 200: StandingBody, ...openRefusals },
      },
    },
    async (request, reply) => {
      const foreign = foreignPage(request, identity)
      if (foreign !== null) return sendProblem(reply, foreign)
      const { flow = null, organization = null, response } = request.body
      const visitor = await visitorOf(request, identity)
      const work = passkeys.signIn.finish({ flow, organization, response }, visitor)
      // Credentials that somebody has take longer to refuse than invented ones.
      const standing = await steadily(clock, settings.answerDelay, work)
      return sendStanding(reply, standing, clock.now())
    },
  )
}

function enrolRoutes(app: ControlApp, { identity }: IdentityRouteDeps): void {
  const { clock } = identity.deps
  const { enrolment } = identity.passkeys

  app.post(
    '/v1/auth/enroll/passkey/options',
    {
      ...open,
      schema: {
        tags: signIn,
        summary: 'Begin to add the passkey that a sign-in waits for',
        body: Type.Object(
          { flow: FlowInput, kind: Type.Optional(KindInput) },
          { ...strict, examples: [{ flow: FLOW, kind: 'passkey' }] },
        ),
        response: { 200: CreationOptionsBody, ...openRefusals },
      },
    },
    async (request, reply) => {
      const foreign = foreignPage(request, identity)
      if (foreign !== null) return sendProblem(reply, foreign)
      const { flow, kind = 'passkey' } = request.body
      const begun = await enrolment.begin(flow, kind, await visitorOf(request, identity))
      return begun.ok ? reply.send(begun.value) : sendProblem(reply, begun.problem)
    },
  )

  app.post(
    '/v1/auth/enroll/passkey',
    {
      ...open,
      schema: {
        tags: signIn,
        summary: 'Add the passkey that a sign-in waits for, and go on',
        body: Type.Object(
          { flow: FlowInput, name: PasskeyName, response: RegistrationInput },
          { ...strict, examples: [{ flow: FLOW, name: 'Ada’s laptop', response: REGISTRATION_EXAMPLE }] },
        ),
        response: { 200: EnrolledStandingBody, ...openRefusals },
      },
    },
    async (request, reply) => {
      const foreign = foreignPage(request, identity)
      if (foreign !== null) return sendProblem(reply, foreign)
      const enrolled = await enrolment.finish(request.body, await visitorOf(request, identity))
      if (!enrolled.ok) return sendProblem(reply, enrolled.problem)
      const { standing, backupCodes } = enrolled.value
      return sendStanding(reply, done(standing), clock.now(), { backupCodes: backupCodesBody(backupCodes) })
    },
  )
}
