import { Secret, Type } from '../../core/index.ts'
import { type ControlApp, problemResponses, sendProblem, Text } from '../../http/index.ts'
import { LANGUAGES } from '../person/person.ts'
import { EmailInput, PasswordInput } from './body.ts'
import type { IdentityRouteDeps } from './deps.ts'
import { NextBody } from './next.ts'
import { steadily } from './steady.ts'
import { foreignPage } from './visitor.ts'

const tags = ['sign-in']

/** Registering, by whoever may (row I1). */
export function registerRoutes(app: ControlApp, { identity }: IdentityRouteDeps): void {
  const { clock, settings } = identity.deps

  app.post(
    '/v1/auth/register',
    {
      config: { permission: 'public' as const },
      schema: {
        tags,
        summary: 'Register',
        description:
          'A link to verify the address is mailed. An address that has an account is answered the same, and told so by mail.',
        body: Type.Object(
          {
            email: EmailInput,
            name: Text(1, 128),
            password: PasswordInput,
            language: Type.Optional(Type.Enum([...LANGUAGES])),
            invitation: Type.Optional(
              Type.String({ minLength: 10, maxLength: 64, description: 'The token of the link that was mailed.' }),
            ),
          },
          {
            additionalProperties: false,
            examples: [{ email: 'ada@example.com', name: 'Ada Lovelace', password: 'correct horse battery staple' }],
          },
        ),
        response: { 202: NextBody, ...problemResponses(400, 403, 429, 503) },
      },
    },
    async (request, reply) => {
      const foreign = foreignPage(request, identity)
      if (foreign !== null) return sendProblem(reply, foreign)
      const { password, language = settings.language, invitation = null, ...rest } = request.body
      const wish = { ...rest, language, invitation, password: new Secret(password) }
      const registered = await steadily(clock, settings.answerDelay, identity.accounts.register(wish, request.caller))
      const next = invitation === null ? 'verify_email' : 'sign_in'
      return registered.ok ? reply.code(202).send({ next }) : sendProblem(reply, registered.problem)
    },
  )
}
