import { Type } from '../../core/index.ts'
import { Nullable, Text, withExample } from '../../http/index.ts'
import { SIGNING_ALGORITHMS, SIGNING_KEY_STATES } from './signing-key.ts'

const Algorithm = Type.Enum([...SIGNING_ALGORITHMS], { type: 'string' })

const coordinate = (description: string) => Type.Optional(Type.String({ description }))

export const Jwks = withExample(
  Type.Object({
    keys: Type.Array(
      Type.Object({
        kty: Type.Enum(['EC', 'RSA', 'OKP'], { type: 'string' }),
        kid: Type.String(),
        alg: Algorithm,
        use: Type.Literal('sig'),
        crv: coordinate('Of `EC` and `OKP`: `P-256` or `Ed25519`.'),
        x: coordinate('Of `EC` and `OKP`.'),
        y: coordinate('Of `EC`.'),
        n: coordinate('Of `RSA`: the modulus.'),
        e: coordinate('Of `RSA`: the exponent.'),
      }),
    ),
  }),
  {
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
      {
        kty: 'OKP',
        crv: 'Ed25519',
        x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo',
        kid: 'sgk_1hq3v0c9kf7p2v9b3n5m8q4z',
        alg: 'EdDSA',
        use: 'sig',
      },
    ],
  },
)

const Moment = Nullable(Type.String({ format: 'date-time' }))

export const SigningKeyList = withExample(
  Type.Object({
    items: Type.Array(
      Type.Object({
        id: Type.String({ description: 'The `kid`.' }),
        algorithm: Algorithm,
        state: Type.Enum([...SIGNING_KEY_STATES], {
          type: 'string',
          description:
            '`published`: signs next; `active`: signs; `retired`: signs no more, and what it signed is believed.',
        }),
        source: Type.Enum(['made', 'configured'], { type: 'string' }),
        createdAt: Moment,
        activeAt: Moment,
        retiredAt: Moment,
        removesAt: Moment,
      }),
    ),
    nextCursor: Type.Null(),
  }),
  {
    items: [
      {
        id: 'sgk_1hq3v0c9kd5m7w2x8p4t6r1a',
        algorithm: 'ES256',
        state: 'active',
        source: 'made',
        createdAt: '2026-11-20T10:00:00.000Z',
        activeAt: '2026-11-21T10:00:00.000Z',
        retiredAt: null,
        removesAt: null,
      },
    ],
    nextCursor: null,
  },
)

export const RotateBody = Type.Object(
  {
    algorithm: Type.Optional(
      Type.Enum([...SIGNING_ALGORITHMS], {
        type: 'string',
        description: 'Whose key is replaced; the default algorithm when left out.',
      }),
    ),
    leaked: Type.Optional(
      Text(
        1,
        128,
        'The id of a key that others may have. It is gone at once, and with it every token that it signed. Without it the key is replaced in order, and no token dies.',
      ),
    ),
  },
  { additionalProperties: false, examples: [{ algorithm: 'ES256' }] },
)
