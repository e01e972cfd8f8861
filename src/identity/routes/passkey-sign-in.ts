import { done, Type } from '../../core/index.ts'
import { type ControlApp, Nullable, problemResponses, sendProblem } from '../../http/index.ts'
import { StandingBody } from './auth.ts'
import { FlowInput, OrganizationInput } from './body.ts'
import type { IdentityRouteDeps } from './deps.ts'
import { EnrolledStandingBody } from './enroll.ts'
import { backupCodesBody } from './factor-body.ts'
import {
  ASSERTION_EXAMPLE,
  AssertionInput,
  CreationOptionsBody,
  KindInput,
  PasskeyName,
  REGISTRATION_EXAMPLE,
  RegistrationInput,
  RequestOptionsBody,
} from './passkey-body.ts'
import { steadily } from './steady.ts'
import { foreignPage, sendStanding, visitorOf } from './visitor.ts'

const open = { config: { permission: 'public' as const } }
const signIn = ['sign-in']
const openRefusals = problemResponses(400, 401, 403, 409, 429)
const FLOW = 'spf_Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4Zm9vYmFyYmE'
const strict = { additionalProperties: false } as const

/** Signing in with a passkey, and enrolling one on the way in (row I6). */
export function passkeySignInRoutes(app: ControlApp, deps: IdentityRouteDeps): void {
  signInRoutes(app, deps)
  enrolRoutes(app, deps)
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
            organization: Type.Optional(Nullable(OrganizationInput)),
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
