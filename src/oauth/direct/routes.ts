import type { FastifyRequest } from 'fastify'
import { Type } from '../../core/index.ts'
import { type ControlApp, declareAcross, problemResponses, sendProblem } from '../../http/index.ts'
import type { TokenAnswer } from '../../tokens/index.ts'
import { RevokeInput, TokenBody, TokenInput, VerifyBody, VerifyInput } from './body.ts'
import { type AskOurselves, findTrader, type TradeDeps, trade } from './trade.ts'
import { verifyForOthers } from './verify.ts'

export type DirectDeps = TradeDeps & {
  readonly verifyToken: (token: string) => TokenAnswer | Promise<TokenAnswer>
  readonly revokeToken: (token: string) => Promise<void>
}

const open = { config: { permission: 'public' } as const }
const tags = ['tokens']

/** Tokens without a browser, for programs of one's own (row O14). */
export function directRoutes(app: ControlApp, deps: DirectDeps): void {
  app.post(
    '/v1/auth/token',
    {
      ...open,
      schema: {
        tags,
        summary: 'Trade a password for tokens, step by step',
        description:
          'For clients with `passwordTokens`, where `oauth.passwordTokens` allows it. Answers what has to come next, or the tokens.',
        body: TokenInput,
        response: { 200: TokenBody, ...problemResponses(400, 401, 403, 404, 429, 503) },
      },
    },
    async (request, reply) => {
      const { clientId, clientSecret, scopes, resource, ...step } = request.body
      const client = await findTrader(deps, { clientId, ...(clientSecret === undefined ? {} : { clientSecret }) })
      if (!client.ok) return sendProblem(reply, client.problem)
      const wish = { ...(scopes === undefined ? {} : { scopes }), ...(resource === undefined ? {} : { resource }) }
      const asked = { client: client.value, secret: clientSecret, step, wish }
      const traded = await trade(deps, asked, asking(app, request))
      return traded.ok ? reply.send(traded.value as never) : sendProblem(reply, traded.problem)
    },
  )

  app.post(
    '/v1/auth/token/verify',
    {
      ...declareAcross('whose a token is shows when it is found', 'tokens:verify'),
      schema: {
        tags,
        summary: 'Ask whether an access token is good',
        description: 'Who sent it need not have proved what it is bound to: `bound` says that they have to.',
        body: VerifyInput,
        response: { 200: VerifyBody, ...problemResponses(400, 401, 403) },
      },
    },
    async ({ body }, reply) =>
      reply.send((await verifyForOthers(deps.verifyToken, body.token, body.audience)) as never),
  )

  app.post(
    '/v1/auth/token/revoke',
    {
      ...open,
      schema: {
        tags,
        summary: 'End a token that one holds',
        description: 'An access token that is signed ends alone; any other token with all that was issued with it.',
        body: RevokeInput,
        response: { 204: Type.Null(), ...problemResponses(400) },
      },
    },
    async ({ body }, reply) => {
      await deps.revokeToken(body.token)
      return reply.code(204).send(null)
    },
  )
}

// The same doors as for everybody else, so that every limit, lock and Event is theirs.
function asking(app: ControlApp, { caller, headers }: FastifyRequest): AskOurselves {
  return async ({ path, body, headers: more = {} }) => {
    const form = body instanceof URLSearchParams
    const answer = await app.inject({
      method: 'POST',
      url: path,
      payload: form ? String(body) : JSON.stringify(body),
      headers: {
        'user-agent': String(headers['user-agent'] ?? ''),
        'content-type': form ? 'application/x-www-form-urlencoded' : 'application/json',
        ...more,
      },
      ...(caller.address === null ? {} : { remoteAddress: caller.address }),
    })
    const retryAfter = answer.headers['retry-after']
    const read = answer.body === '' ? {} : (answer.json() as Record<string, unknown>)
    return {
      status: answer.statusCode,
      body: retryAfter === undefined ? read : { ...read, retryAfter: Number(retryAfter) },
      cookies: answer.cookies.map(({ name, value }) => `${name}=${value}`).join('; '),
    }
  }
}
