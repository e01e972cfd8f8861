import { Type } from '../../core/index.ts'
import { Text } from '../../http/index.ts'
import { LONGEST_TOKEN, TOKEN_FORMATS } from '../exchange.ts'
import { Permission, Scope } from './schemas.ts'

export const ExchangeBody = Type.Object(
  {
    scopes: Type.Optional(
      Type.Array(Scope, {
        maxItems: 100,
        uniqueItems: true,
        description: 'What the token gives; all that the key gives when left out.',
      }),
    ),
    permissions: Type.Optional(
      Type.Array(Permission, {
        maxItems: 100,
        uniqueItems: true,
        description: 'All that the key gives when left out.',
      }),
    ),
    audience: Type.Optional(Text(1, 255, 'Who is to believe the token, such as the URL of an API; else this server.')),
    ttl: Type.Optional(
      Type.Integer({ minimum: 1, maximum: LONGEST_TOKEN, default: LONGEST_TOKEN, description: 'Seconds it lives.' }),
    ),
    format: Type.Optional(
      Type.Enum([...TOKEN_FORMATS], {
        type: 'string',
        default: 'jwt',
        description: '`paseto` is PASETO v4.public, where a signing key has EdDSA.',
      }),
    ),
  },
  {
    additionalProperties: false,
    examples: [{ scopes: ['orders:read'], audience: 'https://orders.example.com', ttl: 120 }],
  },
)

export const TokenBody = Type.Object(
  {
    accessToken: Type.String({
      description: 'A JWT (RFC 9068), signed with a key of /oauth/jwks, or a PASETO, with one of /oauth/paseto-keys.',
    }),
    tokenType: Type.Literal('Bearer'),
    expiresIn: Type.Integer({ description: 'Seconds.' }),
    scope: Type.String({ description: 'What it gives, separated by spaces.' }),
    permissions: Type.Array(Type.String()),
    audience: Type.String(),
  },
  {
    examples: [
      {
        accessToken: 'eyJhbGciOiJFUzI1NiIsImtpZCI6…',
        tokenType: 'Bearer',
        expiresIn: 120,
        scope: 'orders:read',
        permissions: [],
        audience: 'https://orders.example.com',
      },
    ],
  },
)
