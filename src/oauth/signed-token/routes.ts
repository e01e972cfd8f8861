import { type Caller, organizationOf, type Result, Type } from '../../core/index.ts'
import {
  type ControlApp,
  declareAcross,
  Nullable,
  noContent,
  problemResponses,
  Time,
  withExample,
} from '../../http/index.ts'
import type { TokenClaims } from '../../tokens/index.ts'
import { introspectionOf } from './introspection.ts'
import { REVOCABLE, type RevokeWish } from './revoke-tokens.ts'

const RevokeBody = withExample(
  Type.Object(
    {
      kind: Type.Enum([...REVOCABLE], { type: 'string' }),
      ref: Type.String({
        minLength: 1,
        maxLength: 255,
        pattern: '^[\\x21-\\x7e]+$',
        description: 'The `jti` of a token; the `sid` of tokens or a session; a person; a client.',
      }),
      issuedBefore: Type.Optional(Time),
    },
    { additionalProperties: false },
  ),
  { kind: 'client', ref: 'cli_1hq3v0c9kd5m7w2x8p4t6r1a' },
)

const InspectBody = withExample(
  Type.Object(
    { token: Type.String({ minLength: 1, maxLength: 16_384, pattern: '^[\\x21-\\x7e]+$' }) },
    { additionalProperties: false },
  ),
  { token: 'Zq7zX0o1V4s8kJ2mN5bT3cW9' },
)

const Inspected = withExample(
  Type.Object({
    active: Type.Boolean(),
    claims: Nullable(Type.Record(Type.String(), Type.Unknown(), { description: 'What it says, while it is good.' })),
  }),
  {
    active: true,
    claims: { iss: 'https://id.example.com', sub: 'usr_1hq3v0c9kd5m7w2x8p4t6r1a', scope: 'orders:read' },
  },
)

export type TokenRouteDeps = {
  readonly revokeTokens: (wish: RevokeWish, caller: Caller) => Promise<Result<null>>
  /** What a token of ours says, whatever its form; null for one that is no good. */
  readonly claimsOf: (token: string) => Promise<TokenClaims | null>
}

/** Tokens for administrators: ending them, and looking into one (row O12). */
export function tokenRoutes(app: ControlApp, { revokeTokens, claimsOf }: TokenRouteDeps): void {
  app.post(
    '/v1/tokens/revoke',
    {
      ...declareAcross('whose a token is shows when it is found', 'tokens:revoke'),
      schema: {
        tags: ['tokens'],
        summary: 'Revoke tokens',
        description:
          'Ends one access token by its `jti`, or all that a session, a person or a client has: signed tokens everywhere in under a second, refresh tokens too. With `issuedBefore` only signed tokens from before that moment end. Not of people and sessions that hold more than you, and nothing of another organization.',
        body: RevokeBody,
        response: { 204: Type.Null(), ...problemResponses(400, 401, 403, 404) },
      },
    },
    async ({ body: { kind, ref, issuedBefore }, caller }, reply) => {
      const moment = issuedBefore === undefined ? null : Date.parse(issuedBefore)
      return noContent(
        reply,
        await revokeTokens({ kind: kind as RevokeWish['kind'], ref, issuedBefore: moment }, caller),
      )
    },
  )

  app.post(
    '/v1/tokens/inspect',
    {
      ...declareAcross('whose a token is shows when it is found', 'tokens:inspect'),
      schema: {
        tags: ['tokens'],
        summary: 'Look into an access token',
        description: 'Says whether an access token of this organization is good now, and what it says.',
        body: InspectBody,
        response: { 200: Inspected, ...problemResponses(400, 401, 403) },
      },
    },
    async ({ body: { token }, caller }, reply) => {
      const claims = await claimsOf(token)
      const isTheirs = claims !== null && claims.organization === organizationOf(caller)
      return reply.send({ active: isTheirs, claims: isTheirs ? { ...introspectionOf(claims) } : null })
    },
  )
}
