import { createPublicKey } from 'node:crypto'
import { Type } from '../../core/index.ts'
import { type ControlApp, withExample } from '../../http/index.ts'
import { paserkOf } from '../../tokens/index.ts'
import type { SigningKeys } from './open.ts'
import type { PublicKey } from './signing-key.ts'

const PasetoKeys = withExample(
  Type.Object({
    keys: Type.Array(
      Type.Object({
        kid: Type.String({ description: 'What the footer of a token names.' }),
        paserk: Type.String({ description: 'The public key as PASERK `k4.public`.' }),
      }),
    ),
  }),
  {
    keys: [{ kid: 'sgk_1hq3v0c9kf7p2v9b3n5m8q4z', paserk: 'k4.public.Hrnbu7wEfAP9cGBOAHHwmH4Wsot1ciXBHwBBXQ4gsaI' }],
  },
)

/** The public halves that verify tokens in PASETO form (row O15). The list is empty where nothing signs with EdDSA. */
export function pasetoRoutes(app: ControlApp, { signingKeys }: { signingKeys: SigningKeys }): void {
  app.get(
    '/oauth/paseto-keys',
    {
      config: { permission: 'public' },
      schema: { tags: ['tokens'], summary: 'Public keys for PASETO', response: { 200: PasetoKeys } },
    },
    async (_request, reply) =>
      reply.header('cache-control', `public, max-age=${signingKeys.maxAge}`).send({
        keys: signingKeys
          .jwks()
          .keys.filter(({ alg }) => alg === 'EdDSA')
          .map(pasetoKeyOf),
      }),
  )
}

function pasetoKeyOf(key: PublicKey): { kid: string; paserk: string } {
  return { kid: key.kid, paserk: paserkOf(createPublicKey({ key: { ...key }, format: 'jwk' })) }
}
