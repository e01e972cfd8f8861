import { Secret, Type } from '../../core/index.ts'
import { type ControlApp, problemResponses, sendProblem } from '../../http/index.ts'
import { FACTOR_NAMES } from '../factor/method.ts'
import { PasswordInput, SessionBody } from './body.ts'
import type { IdentityRouteDeps } from './deps.ts'
import { BegunBody, CodeInput } from './factor-body.ts'
import { declarePerson } from './person-only.ts'
import { sendOpened, visitorOf } from './visitor.ts'

const tags = ['account']
const refusals = problemResponses(400, 401, 403, 409, 429, 503)

/** Proving again in a session who one is, for what is sensitive (row I10). */
export function stepUpRoutes(app: ControlApp, { identity }: IdentityRouteDeps): void {
  const { stepUp, deps } = identity

  app.post(
    '/v1/account/step-up/begin',
    {
      ...declarePerson(),
      schema: {
        tags,
        summary: 'Have a code sent, or get what an authenticator is asked',
        body: Type.Object(
          { method: Type.Enum([...FACTOR_NAMES]) },
          { additionalProperties: false, examples: [{ method: 'sms' }] },
        ),
        response: { 200: BegunBody, ...refusals },
      },
    },
    async ({ caller, body }, reply) => {
      const begun = await stepUp.begin(caller, body.method)
      return begun.ok ? reply.send(begun.value) : sendProblem(reply, begun.problem)
    },
  )

  app.post(
    '/v1/account/step-up',
    {
      ...declarePerson(),
      schema: {
        tags,
        summary: 'Prove again who you are',
        description: 'Your session gets another cookie. What is sensitive can be done for a while from now on.',
        body: Type.Object(
          {
            method: Type.Enum([...FACTOR_NAMES, 'password']),
            code: Type.Optional(CodeInput),
            response: Type.Optional(Type.Unknown({ description: 'What the authenticator answered (WebAuthn).' })),
            password: Type.Optional(PasswordInput),
          },
          { additionalProperties: false, examples: [{ method: 'totp', code: '492039' }] },
        ),
        response: { 200: SessionBody, ...refusals },
      },
    },
    async (request, reply) => {
      const { method, code, response, password } = request.body
      const answer = { code, response, password: password === undefined ? undefined : new Secret(password) }
      const opened = await stepUp.prove(await visitorOf(request, identity), method, answer)
      return opened.ok ? sendOpened(reply, opened.value, deps.clock.now()) : sendProblem(reply, opened.problem)
    },
  )
}
