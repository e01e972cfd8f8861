import { Type } from '../../core/index.ts'
import { type ControlApp, optionalBody, problemResponses, sendProblem } from '../../http/index.ts'
import { LONGEST_TOKEN } from '../exchange.ts'
import type { KeyRouteDeps } from './deps.ts'
import { ExchangeBody, TokenBody } from './schemas-exchange.ts'

/** `POST /v1/keys/exchange`: a key buys a short-lived token (rows K19, O15). */
export function exchangeRoutes(app: ControlApp, { keys }: KeyRouteDeps): void {
  app.post(
    '/v1/keys/exchange',
    {
      ...optionalBody,
      // The key that is exchanged is the credential; whoever holds it may, whatever it permits.
      config: { permission: 'public' },
      schema: {
        tags: ['keys'],
        summary: 'Buy a short-lived token with a key',
        description:
          'The key itself is the credential: send it as at the gateway. It is judged and counted as at any use; a key with resource patterns needs `POST /v1/keys/exchange` among them. The token, a JWT (RFC 9068) or a PASETO v4.public, is verified with /oauth/jwks or /oauth/paseto-keys alone, and works until it ends even if the key is revoked meanwhile.',
        headers: Type.Object({ 'x-api-key': Type.Optional(Type.String({ description: 'The key.' })) }),
        body: ExchangeBody,
        response: { 200: TokenBody, ...problemResponses(400, 401, 403, 429) },
      },
    },
    async (request, reply) => {
      const { scopes = null, permissions = null, audience = null, ttl = LONGEST_TOKEN, format = 'jwt' } = request.body
      const bought = await keys.exchange({ scopes, permissions, audience, lifetime: ttl, format }, request.caller)
      if (!bought.ok) return sendProblem(reply, bought.problem)
      const { token, expiresIn, ...what } = bought.value
      return reply.send({
        accessToken: token.reveal(),
        tokenType: 'Bearer' as const,
        expiresIn,
        scope: what.scopes.join(' '),
        permissions: [...what.permissions],
        audience: what.audience,
      })
    },
  )
}
