import { Secret, Type } from '../../core/index.ts'
import { type ControlApp, noContent, problemResponses, sendProblem, Text, withExample } from '../../http/index.ts'
import { LANGUAGES } from '../person/person.ts'
import { StandingBody } from './auth.ts'
import { EmailInput, FlowInput, PasswordInput } from './body.ts'
import type { IdentityRouteDeps } from './deps.ts'
import { ADDRESS_EXAMPLES, LinkTokenInput, NextBody } from './next.ts'
import { declarePerson } from './person-only.ts'
import { steadily } from './steady.ts'
import { foreignPage, keepOpened, sendStanding, visitorOf } from './visitor.ts'

const tags = ['passwords']
const open = { config: { permission: 'public' as const } }

const StrengthBody = withExample(
  Type.Object({
    taken: Type.Boolean({ description: 'Whether it would be taken as a new password.' }),
    score: Type.Integer({ minimum: 0, maximum: 4, description: 'By zxcvbn.' }),
    faults: Type.Array(Type.Object({ code: Type.String(), sentence: Type.String() })),
    suggestions: Type.Array(Type.String()),
  }),
  {
    taken: false,
    score: 0,
    faults: [{ code: 'PASSWORD_TOO_SHORT', sentence: 'Use at least 12 characters.' }],
    suggestions: ['Use several words that do not belong together.'],
  },
)

/** Passwords: forgotten, set by a link, changed, judged and made (rows I2, I8). */
export function passwordRoutes(app: ControlApp, { identity }: IdentityRouteDeps): void {
  const { accounts, passwordHelp, deps } = identity
  const { clock, settings } = deps

  app.post(
    '/v1/auth/password/forgot',
    {
      ...open,
      schema: {
        tags,
        summary: 'Have a link mailed to choose a new password',
        description: 'Every address is answered the same.',
        body: Type.Object({ email: EmailInput }, { additionalProperties: false, examples: ADDRESS_EXAMPLES }),
        response: { 202: NextBody, ...problemResponses(400, 403, 429) },
      },
    },
    async (request, reply) => {
      const foreign = foreignPage(request, identity)
      if (foreign !== null) return sendProblem(reply, foreign)
      const work = accounts.forgot(request.body.email, request.caller)
      const asked = await steadily(clock, settings.answerDelay, work)
      return asked.ok ? reply.code(202).send({ next: 'sign_in' }) : sendProblem(reply, asked.problem)
    },
  )

  app.post(
    '/v1/auth/password/reset',
    {
      ...open,
      schema: {
        tags,
        summary: 'Choose a new password by a mailed link',
        description:
          'Works once; a password that is not taken leaves the link working. Every session and sign-in ends. Second factors stay, and every browser has to prove one again.',
        body: Type.Object(
          { token: LinkTokenInput, password: PasswordInput },
          {
            additionalProperties: false,
            examples: [
              { token: 'spl_Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4Zm9vYmFyYmE', password: 'correct horse battery staple' },
            ],
          },
        ),
        response: { 204: Type.Null(), ...problemResponses(400, 401, 403, 503) },
      },
    },
    async (request, reply) => {
      const foreign = foreignPage(request, identity)
      if (foreign !== null) return sendProblem(reply, foreign)
      const { token, password } = request.body
      return noContent(reply, await accounts.reset(token, new Secret(password), request.caller))
    },
  )

  app.post(
    '/v1/auth/password/change',
    {
      ...declarePerson(),
      schema: {
        tags,
        summary: 'Change your password',
        description:
          'Every other session ends; this one goes on with another cookie. Who has no password yet leaves `current` out, and proves freshly who they are.',
        body: Type.Object(
          { current: Type.Optional(PasswordInput), password: PasswordInput },
          {
            additionalProperties: false,
            examples: [{ current: 'the one before', password: 'correct horse battery staple' }],
          },
        ),
        response: { 204: Type.Null(), ...problemResponses(400, 401, 403, 409, 429, 503) },
      },
    },
    async (request, reply) => {
      const { current, password } = request.body
      const wish = { current: current === undefined ? null : new Secret(current), password: new Secret(password) }
      const changed = await accounts.changePassword(wish, await visitorOf(request, identity))
      if (changed.ok) keepOpened(reply, changed.value, clock.now())
      return noContent(reply, changed)
    },
  )

  app.post(
    '/v1/auth/password',
    {
      ...open,
      schema: {
        tags,
        summary: 'Choose the password that a sign-in waits for',
        body: Type.Object(
          { flow: FlowInput, password: PasswordInput },
          {
            additionalProperties: false,
            examples: [
              { flow: 'spf_Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4Zm9vYmFyYmE', password: 'correct horse battery staple' },
            ],
          },
        ),
        response: { 200: StandingBody, ...problemResponses(400, 401, 403, 409, 503) },
      },
    },
    async (request, reply) => {
      const foreign = foreignPage(request, identity)
      if (foreign !== null) return sendProblem(reply, foreign)
      const { flow, password } = request.body
      const visitor = await visitorOf(request, identity)
      const standing = await accounts.setPasswordInSignIn(flow, new Secret(password), visitor)
      return sendStanding(reply, standing, clock.now())
    },
  )

  app.post(
    '/v1/auth/password/check',
    {
      ...open,
      schema: {
        tags,
        summary: 'Ask how strong a password is',
        description: 'Nothing of it is kept.',
        body: Type.Object(
          {
            password: PasswordInput,
            email: Type.Optional(EmailInput),
            name: Type.Optional(Text(0, 128)),
            language: Type.Optional(Type.Enum([...LANGUAGES])),
          },
          {
            additionalProperties: false,
            examples: [{ password: 'correct horse battery staple', name: 'Ada Lovelace' }],
          },
        ),
        response: { 200: StrengthBody, ...problemResponses(400, 403, 429, 503) },
      },
    },
    async (request, reply) => {
      const foreign = foreignPage(request, identity)
      if (foreign !== null) return sendProblem(reply, foreign)
      const { password, language = settings.language, email = '', name = '' } = request.body
      const about = { language, email, name }
      const checked = await passwordHelp.check(new Secret(password), about, request.caller)
      if (!checked.ok) return sendProblem(reply, checked.problem)
      const { faults, suggestions, ...rest } = checked.value
      return reply.send({ ...rest, faults: [...faults], suggestions: [...suggestions] })
    },
  )

  app.post(
    '/v1/auth/password/generate',
    {
      ...open,
      schema: {
        tags,
        summary: 'Get a password that nobody guesses',
        body: Type.Object(
          { kind: Type.Optional(Type.Enum(['characters', 'words'], { default: 'characters' })) },
          { additionalProperties: false, examples: [{ kind: 'words' }] },
        ),
        response: {
          200: Type.Object({ password: Type.String() }, { examples: [{ password: 'kTw9c-Qp4Vb-u7XeR-n2GhZ' }] }),
          ...problemResponses(400, 403, 429, 503),
        },
      },
    },
    async (request, reply) => {
      const foreign = foreignPage(request, identity)
      if (foreign !== null) return sendProblem(reply, foreign)
      const made = await passwordHelp.generate(request.body.kind ?? 'characters', request.caller)
      return made.ok ? reply.send({ password: made.value.reveal() }) : sendProblem(reply, made.problem)
    },
  )
}
