import { Secret, Type } from '../../core/index.ts'
import { type ControlApp, Nullable, problemResponses, sendProblem, Time, withExample } from '../../http/index.ts'
import { clearCookie, readCookie, setCookie } from '../session/cookie.ts'
import { isToken, newToken } from '../token.ts'
import { StandingBody } from './auth.ts'
import { EmailInput, OrganizationInput } from './body.ts'
import type { IdentityRouteDeps } from './deps.ts'
import { steadily } from './steady.ts'
import { foreignPage, sendStanding, visitorOf } from './visitor.ts'

const tags = ['sign-in']
const open = { config: { permission: 'public' as const } }
const refusals = problemResponses(400, 401, 403, 429)

/** The browser that asked for a link. */
const MAGIC_COOKIE = '__Host-sallyport_magic'

/** Signing in by a mailed link (row I7). */
export function magicLinkRoutes(app: ControlApp, { identity }: IdentityRouteDeps): void {
  const { magicLinks, deps } = identity
  const { clock, settings } = deps

  app.post(
    '/v1/auth/magic-link',
    {
      ...open,
      schema: {
        tags,
        summary: 'Have a link mailed that signs you in',
        description:
          'It works once, for ten minutes, in the browser that asked for it. The answer is the same for every address.',
        body: Type.Object(
          {
            email: EmailInput,
            organization: Type.Optional(Nullable(OrganizationInput)),
          },
          { additionalProperties: false, examples: [{ email: 'ada@example.com' }] },
        ),
        response: {
          202: withExample(
            Type.Object({ expiresAt: Time }, { description: 'A link is on its way, if this address may have one.' }),
            { expiresAt: '2026-02-01T08:10:00.000Z' },
          ),
          ...refusals,
        },
      },
    },
    async (request, reply) => {
      const foreign = foreignPage(request, identity)
      if (foreign !== null) return sendProblem(reply, foreign)
      const { email, organization = null } = request.body
      // Who asks twice may open either link.
      const shown = readCookie(request.headers.cookie, MAGIC_COOKIE)
      const browser = shown !== null && isToken('spb', shown) ? new Secret(shown) : newToken('spb').text
      const asked = magicLinks.ask({ email, organization, browser }, request.caller)
      const problem = await steadily(clock, settings.answerDelay, asked)
      if (problem !== null) return sendProblem(reply, problem)
      reply.header('set-cookie', setCookie(MAGIC_COOKIE, browser, settings.links.magic))
      return reply.code(202).send({ expiresAt: new Date(clock.now() + settings.links.magic).toISOString() })
    },
  )

  app.post(
    '/v1/auth/magic-link/redeem',
    {
      ...open,
      schema: {
        tags,
        summary: 'Sign in with a mailed link',
        description:
          'For the page that the link leads to. An organization that demands a second factor asks for it next.',
        body: Type.Object(
          {
            token: Type.String({
              minLength: 10,
              maxLength: 64,
              examples: ['spl_Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4Zm9vYmFyYmE'],
            }),
          },
          { additionalProperties: false, examples: [{ token: 'spl_Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4Zm9vYmFyYmE' }] },
        ),
        response: { 200: StandingBody, ...refusals },
      },
    },
    async (request, reply) => {
      const foreign = foreignPage(request, identity)
      if (foreign !== null) return sendProblem(reply, foreign)
      const browser = readCookie(request.headers.cookie, MAGIC_COOKIE)
      const visitor = await visitorOf(request, identity)
      const standing = await magicLinks.redeem(request.body.token, browser, visitor)
      if (standing.ok) reply.header('set-cookie', clearCookie(MAGIC_COOKIE))
      return sendStanding(reply, standing, clock.now())
    },
  )
}
