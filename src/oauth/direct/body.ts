import { Type } from '../../core/index.ts'
import { Nullable, withExample } from '../../http/index.ts'

const FLOW = 'spf_Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4Zm9vYmFyYmE'
const TOKEN = 'eyJhbGciOiJFUzI1NiIsInR5cCI6ImF0K2p3dCJ9.eyJzdWIiOiJ1c3JfMSJ9.c2lnbmF0dXJl'
const CLIENT = 'cli_1hq3v0c9kd5m7w2x8p4t6r1a'

const Scope = Type.String({ minLength: 1, maxLength: 128, pattern: '^[\\x21\\x23-\\x5b\\x5d-\\x7e]+$' })

export const TokenInput = Type.Object(
  {
    clientId: Type.String({ minLength: 1, maxLength: 128 }),
    clientSecret: Type.Optional(Type.String({ minLength: 1, maxLength: 256 })),
    email: Type.Optional(Type.String({ minLength: 1, maxLength: 320 })),
    password: Type.Optional(Type.String({ minLength: 1, maxLength: 1024 })),
    organization: Type.Optional(Type.String({ maxLength: 64 })),
    flow: Type.Optional(Type.String({ maxLength: 64, description: 'Of the answer before; alone it asks anew.' })),
    method: Type.Optional(Type.String({ maxLength: 32, description: 'Which second factor `code` is of.' })),
    code: Type.Optional(Type.String({ minLength: 1, maxLength: 64 })),
    scopes: Type.Optional(Type.Array(Scope, { maxItems: 64, description: 'All of the client’s if left out.' })),
    resource: Type.Optional(Type.String({ maxLength: 512, description: 'The API that the token is for (RFC 8707).' })),
  },
  {
    additionalProperties: false,
    examples: [
      { clientId: CLIENT, clientSecret: 'spc_…', email: 'ada@example.com', password: 'correct horse battery' },
      { clientId: CLIENT, clientSecret: 'spc_…', flow: FLOW, method: 'totp', code: '492039' },
    ],
  },
)

export const TokenBody = withExample(
  Type.Object({
    next: Type.String({ description: '`done` with tokens; anything else has to come first, as at `/v1/auth/login`.' }),
    methods: Type.Optional(Type.Array(Type.String())),
    flow: Type.Optional(Type.String()),
    expiresAt: Type.Optional(Type.String()),
    accessToken: Type.Optional(Type.String()),
    tokenType: Type.Optional(Type.String()),
    expiresIn: Type.Optional(Type.Integer({ description: 'Seconds.' })),
    scopes: Type.Optional(Type.Array(Type.String())),
    refreshToken: Type.Optional(Type.String({ description: 'For `/oauth/token`.' })),
    idToken: Type.Optional(Type.String()),
  }),
  {
    next: 'done',
    accessToken: TOKEN,
    tokenType: 'Bearer',
    expiresIn: 900,
    scopes: ['orders:read'],
    refreshToken: 'Xh2mP0vQ8rT5yB1nK7cZ3wF6sJ9dL4gA0eU2iO8xM5k',
  },
  { next: 'second_factor', methods: ['totp'], flow: FLOW, expiresAt: '2026-02-01T08:10:00.000Z' },
)

const AnyToken = Type.String({ minLength: 1, maxLength: 16_384 })

export const VerifyInput = Type.Object(
  {
    token: AnyToken,
    audience: Type.Optional(
      Type.String({ maxLength: 512, description: 'Whom it must be for; judge `audience` yourself if left out.' }),
    ),
  },
  { additionalProperties: false, examples: [{ token: TOKEN, audience: 'https://api.example.com' }] },
)

export const VerifyBody = withExample(
  Type.Object({
    valid: Type.Boolean(),
    code: Nullable(Type.String({ description: 'Why it is not.' })),
    issuer: Type.Optional(Type.String()),
    subject: Type.Optional(Type.String()),
    audience: Type.Optional(Type.Array(Type.String())),
    clientId: Type.Optional(Nullable(Type.String())),
    organization: Type.Optional(Nullable(Type.String())),
    scopes: Type.Optional(Type.Array(Type.String())),
    permissions: Type.Optional(Type.Array(Type.String())),
    expiresAt: Type.Optional(Type.String()),
    bound: Type.Optional(
      Type.Boolean({ description: 'Whether whoever sends it must prove a key or certificate, too.' }),
    ),
  }),
  {
    valid: true,
    code: null,
    issuer: 'https://id.example.com',
    subject: 'usr_1hq3v0c9kd5m7w2x8p4t6r1a',
    audience: ['https://api.example.com'],
    clientId: CLIENT,
    organization: 'org_default',
    scopes: ['orders:read'],
    permissions: ['orders:read'],
    expiresAt: '2026-02-01T08:15:00.000Z',
    bound: false,
  },
  { valid: false, code: 'TOKEN_EXPIRED' },
)

export const RevokeInput = Type.Object(
  { token: AnyToken },
  { additionalProperties: false, examples: [{ token: TOKEN }] },
)
