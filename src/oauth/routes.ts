import { Type } from '../core/index.ts'
import { type ControlApp, declareCaller, problemResponses, withExample } from '../http/index.ts'
import type { SigningKeys } from './signing-keys.ts'

const jwksExample = {
  keys: [
    {
      kty: 'EC',
      crv: 'P-256',
      x: 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU',
      y: 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0',
      kid: 'sgk_1hq3v0c9kd5m7w2x8p4t6r1a',
      alg: 'ES256',
      use: 'sig',
    },
  ],
}
const signingKeysExample = {
  items: [{ id: 'sgk_1hq3v0c9kd5m7w2x8p4t6r1a', algorithm: 'ES256', createdAt: '2026-11-21T10:00:00.000Z' }],
  nextCursor: null,
}

const Jwks = withExample(
  Type.Object({
    keys: Type.Array(
      Type.Object({
        kty: Type.String(),
        crv: Type.String(),
        x: Type.String(),
        y: Type.String(),
        kid: Type.String(),
        alg: Type.String(),
        use: Type.String(),
      }),
    ),
  }),
  jwksExample,
)
const SigningKeyList = withExample(
  Type.Object({
    items: Type.Array(Type.Object({ id: Type.String(), algorithm: Type.String(), createdAt: Type.String() })),
    nextCursor: Type.Null(),
  }),
  signingKeysExample,
)

/** The public halves of the signing keys (RFC 7517, section 5), and the list of them for administrators. */
export function oauthRoutes(deps: { signingKeys: SigningKeys }): (app: ControlApp) => Promise<void> {
  return async (app) => {
    app.get(
      '/oauth/jwks',
      {
        config: { permission: 'public' },
        schema: { tags: ['tokens'], summary: 'Public signing keys', response: { 200: Jwks } },
      },
      async (_request, reply) =>
        reply.header('cache-control', 'public, max-age=300').send({ keys: [...deps.signingKeys.jwks().keys] }),
    )

    app.get(
      '/v1/signing-keys',
      {
        ...declareCaller('signing-keys:read'),
        schema: {
          tags: ['tokens'],
          summary: 'List signing keys',
          response: { 200: SigningKeyList, ...problemResponses(401, 403) },
        },
      },
      async (_request, reply) => {
        const items = deps.signingKeys
          .list()
          .map((key) => ({ ...key, createdAt: new Date(key.createdAt).toISOString() }))
        return reply.send({ items, nextCursor: null })
      },
    )
  }
}
