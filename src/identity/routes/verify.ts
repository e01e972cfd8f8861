import { Type } from '../../core/index.ts'
import { type ControlApp, noContent, problemResponses, sendProblem } from '../../http/index.ts'
import { EmailInput } from './body.ts'
import type { IdentityRouteDeps } from './deps.ts'
import { ADDRESS_EXAMPLES, LINK_EXAMPLES, LinkTokenInput, NextBody } from './next.ts'
import { steadily } from './steady.ts'
import { foreignPage } from './visitor.ts'

const tags = ['sign-in']
const open = { config: { permission: 'public' as const } }
const byLink = Type.Object({ token: LinkTokenInput }, { additionalProperties: false, examples: LINK_EXAMPLES })

/** What follows from links in mails: an address is verified, or becomes the account's (row I1). */
export function verifyRoutes(app: ControlApp, { identity }: IdentityRouteDeps): void {
  const { accounts, deps } = identity
  const { clock, settings } = deps

  app.post(
    '/v1/auth/verify',
    {
      ...open,
      schema: {
        tags,
        summary: 'Verify a mail address',
        description:
          'Redeems a link, once. The password and name of its own registration are the account’s from then on. A sign-in that waits goes on by `/v1/auth/resume`.',
        body: byLink,
        response: { 204: Type.Null(), ...problemResponses(400, 401, 403) },
      },
    },
    async (request, reply) => {
      const foreign = foreignPage(request, identity)
      if (foreign !== null) return sendProblem(reply, foreign)
      return noContent(reply, await accounts.verify(request.body.token, request.caller))
    },
  )

  app.post(
    '/v1/auth/verify/resend',
    {
      ...open,
      schema: {
        tags,
        summary: 'Have the link to verify an address mailed again',
        description: 'Every address is answered the same.',
        body: Type.Object({ email: EmailInput }, { additionalProperties: false, examples: ADDRESS_EXAMPLES }),
        response: { 202: NextBody, ...problemResponses(400, 403, 429) },
      },
    },
    async (request, reply) => {
      const foreign = foreignPage(request, identity)
      if (foreign !== null) return sendProblem(reply, foreign)
      const work = accounts.resendVerification(request.body.email, request.caller)
      const sent = await steadily(clock, settings.answerDelay, work)
      return sent.ok ? reply.code(202).send({ next: 'verify_email' }) : sendProblem(reply, sent.problem)
    },
  )

  app.post(
    '/v1/auth/email/confirm',
    {
      ...open,
      schema: {
        tags,
        summary: 'Confirm another mail address',
        description: 'Redeems the link that went to the new address, once. The former one is told.',
        body: byLink,
        response: { 204: Type.Null(), ...problemResponses(400, 401, 403, 409) },
      },
    },
    async (request, reply) => {
      const foreign = foreignPage(request, identity)
      if (foreign !== null) return sendProblem(reply, foreign)
      return noContent(reply, await accounts.confirmEmail(request.body.token, request.caller))
    },
  )
}
