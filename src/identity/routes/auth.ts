import { Secret, Type } from '../../core/index.ts'
import { type ControlApp, Nullable, problemResponses, sendProblem, Time, withExample } from '../../http/index.ts'
import { FACTOR_NAMES } from '../factor/method.ts'
import { clearCookie, SESSION_COOKIE } from '../session/cookie.ts'
import { endSession } from '../session/end.ts'
import { EmailInput, FlowInput, OrganizationInput, PasswordInput, PersonBody, SessionBody } from './body.ts'
import type { IdentityRouteDeps } from './deps.ts'
import { BegunBody } from './factor-body.ts'
import { steadily } from './steady.ts'
import { foreignPage, sendStanding, visitorOf } from './visitor.ts'

const tags = ['sign-in']
const open = { config: { permission: 'public' as const } }
const refusals = problemResponses(400, 401, 403, 404, 429, 503)

export const StandingBody = withExample(
  Type.Object({
    next: Type.Enum(['password', 'verify_email', 'second_factor', 'enroll', 'change_password', 'done'], {
      description: 'What has to come next. A client only follows it.',
    }),
    methods: Type.Array(Type.String(), { description: 'The ways to do it.' }),
    flow: Type.Optional(Type.String({ description: 'Send it with the next step. Told once; it stays the same.' })),
    expiresAt: Type.Optional(Time),
    session: Type.Optional(SessionBody),
    person: Type.Optional(PersonBody),
  }),
  {
    next: 'second_factor',
    methods: ['totp', 'backup_code'],
    flow: 'spf_Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4Zm9vYmFyYmE',
    expiresAt: '2026-02-01T08:10:00.000Z',
  },
)

const FLOW = 'spf_Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4Zm9vYmFyYmE'

const FactorInput = {
  flow: FlowInput,
  method: Type.Enum([...FACTOR_NAMES]),
}

/** Signing in, step by step (rows I3, I5, I6, I7). */
export function authRoutes(app: ControlApp, { identity }: IdentityRouteDeps): void {
  const { signIns, deps } = identity
  const { clock, settings } = deps

  app.post(
    '/v1/auth/login',
    {
      ...open,
      schema: {
        tags,
        summary: 'Begin to sign in, or answer with the password',
        description:
          'With the address alone it tells how to go on, the same for every address. With address and password, or `flow` and password, it does the first step.',
        body: Type.Object(
          {
            email: Type.Optional(EmailInput),
            flow: Type.Optional(FlowInput),
            password: Type.Optional(PasswordInput),
            organization: Type.Optional(Nullable(OrganizationInput)),
          },
          { additionalProperties: false, examples: [{ email: 'ada@example.com', password: 'correct horse battery' }] },
        ),
        response: { 200: StandingBody, ...refusals },
      },
    },
    async (request, reply) => {
      const foreign = foreignPage(request, identity)
      if (foreign !== null) return sendProblem(reply, foreign)
      const { email = '', flow = null, password, organization = null } = request.body
      const visitor = await visitorOf(request, identity)
      if (password === undefined) {
        return sendStanding(reply, await signIns.begin({ email, organization }, visitor.caller), clock.now())
      }
      const input = { email, flow, password: new Secret(password), organization }
      const answer = await steadily(clock, settings.answerDelay, identity.signInWithPassword(input, visitor))
      return sendStanding(reply, answer, clock.now())
    },
  )

  app.post(
    '/v1/auth/mfa',
    {
      ...open,
      schema: {
        tags,
        summary: 'Prove a second factor',
        body: Type.Object(
          {
            ...FactorInput,
            code: Type.Optional(Type.String({ minLength: 1, maxLength: 64, examples: ['492039'] })),
            response: Type.Optional(Type.Unknown({ description: 'What the authenticator answered (WebAuthn).' })),
            trustDevice: Type.Optional(
              Type.Boolean({ description: 'Let this browser stand for the second factor from now on.' }),
            ),
          },
          { additionalProperties: false, examples: [{ flow: FLOW, method: 'totp', code: '492039' }] },
        ),
        response: { 200: StandingBody, ...refusals },
      },
    },
    async (request, reply) => {
      const foreign = foreignPage(request, identity)
      if (foreign !== null) return sendProblem(reply, foreign)
      const { flow, method, code, response, trustDevice = false } = request.body
      const visitor = await visitorOf(request, identity)
      const answer = await signIns.proveFactor(flow, method, { code, response }, { ...visitor, trustDevice })
      return sendStanding(reply, answer, clock.now())
    },
  )

  app.post(
    '/v1/auth/mfa/begin',
    {
      ...open,
      schema: {
        tags,
        summary: 'Have a code sent, or get what an authenticator is asked',
        body: Type.Object(FactorInput, { additionalProperties: false, examples: [{ flow: FLOW, method: 'sms' }] }),
        response: { 200: BegunBody, ...refusals },
      },
    },
    async (request, reply) => {
      const foreign = foreignPage(request, identity)
      if (foreign !== null) return sendProblem(reply, foreign)
      const { flow, method } = request.body
      const begun = await signIns.beginFactor(flow, method, await visitorOf(request, identity))
      return begun.ok ? reply.send(begun.value) : sendProblem(reply, begun.problem)
    },
  )

  app.post(
    '/v1/auth/resume',
    {
      ...open,
      schema: {
        tags,
        summary: 'Ask where a sign-in stands',
        description: 'For a client that waited for something else, such as a mailed link or an enrolment.',
        body: Type.Object({ flow: FlowInput }, { additionalProperties: false, examples: [{ flow: FLOW }] }),
        response: { 200: StandingBody, ...refusals },
      },
    },
    async (request, reply) => {
      const foreign = foreignPage(request, identity)
      if (foreign !== null) return sendProblem(reply, foreign)
      const standing = await signIns.resume(request.body.flow, await visitorOf(request, identity))
      return sendStanding(reply, standing, clock.now())
    },
  )

  app.post(
    '/v1/auth/logout',
    {
      ...open,
      schema: {
        tags,
        summary: 'Sign out',
        description: 'Ends the session of the cookie. Without one it does nothing.',
        response: { 204: Type.Null(), ...problemResponses(403) },
      },
    },
    async (request, reply) => {
      await endSession(deps, request.caller, 'signed out')
      return reply.header('set-cookie', clearCookie(SESSION_COOKIE)).code(204).send(null)
    },
  )
}
