import { idPattern, Type } from '../../core/index.ts'
import {
  type ControlApp,
  declareCaller,
  Nullable,
  noContent,
  problemResponses,
  sendProblem,
  Text,
  withExample,
} from '../../http/index.ts'
import { SIGNATURE_ALGORITHMS } from '../../signatures/index.ts'
import type { SignatureKey } from '../signed/signature-key.ts'
import type { KeyRouteDeps } from './deps.ts'
import { KeyId, oneOf } from './schemas.ts'

const tags = ['keys']
const ID = 'rsk_1hq3v0c9kd5m7w2x8p4t6r1a'
const params = Type.Object({ id: KeyId })
const one = Type.Object({
  id: KeyId,
  signatureKey: Type.String({ pattern: idPattern('rsk'), examples: [ID] }),
})

const Jwk = Type.Record(Type.String({ maxLength: 32 }), Type.Unknown(), {
  maxProperties: 16,
  description: 'A public key (RFC 7517), for every algorithm but `hmac-sha256`.',
})

const NewSignatureKeyBody = Type.Object(
  {
    name: Type.Optional(Text(0, 255, 'What it is for.')),
    algorithm: oneOf(SIGNATURE_ALGORITHMS),
    publicKey: Type.Optional(Jwk),
  },
  {
    additionalProperties: false,
    examples: [
      { name: 'billing worker', algorithm: 'hmac-sha256' },
      {
        algorithm: 'ed25519',
        publicKey: { kty: 'OKP', crv: 'Ed25519', x: 'JrQLj5P_89iXES9-vFgrIy29clF9CC_oPPsw3c5D0bs' },
      },
    ],
  },
)

const shown = {
  id: Type.String({ description: 'The `keyid` of signatures.' }),
  keyId: Type.String({ description: 'The API key in whose name it signs.' }),
  name: Type.String(),
  algorithm: oneOf(SIGNATURE_ALGORITHMS),
  publicKey: Nullable(Type.Record(Type.String(), Type.String())),
  createdAt: Type.String(),
  createdBy: Type.String(),
}

const example = {
  id: ID,
  keyId: 'key_1hq3v0c9kd5m7w2x8p4t6r1a',
  name: 'billing worker',
  algorithm: 'hmac-sha256' as const,
  publicKey: null,
  createdAt: '2026-11-21T10:00:00.000Z',
  createdBy: 'usr_1hq3v0c9kd5m7w2x8p4t6r1a',
}

const SignatureKeyBody = withExample(Type.Object(shown), example)
const CreatedSignatureKeyBody = withExample(
  Type.Object({
    ...shown,
    secret: Nullable(Type.String({ description: 'In base64, this once; null where there is a public key.' })),
  }),
  { ...example, secret: '…' },
)

/** The keys that requests are signed with in the name of an API key (row G3; RFC 9421). */
export function signatureKeyRoutes(app: ControlApp, { keys }: KeyRouteDeps): void {
  const { signed } = keys

  app.post(
    '/v1/keys/:id/signature-keys',
    {
      ...declareCaller('keys:update', 'keys:manage'),
      schema: {
        tags,
        summary: 'Give a key a way to sign requests',
        description:
          'Whoever signs with it acts in the name of the API key, whose rules, limits and end hold. You must hold what that key carries.',
        params,
        body: NewSignatureKeyBody,
        response: { 201: CreatedSignatureKeyBody, ...problemResponses(400, 401, 403, 404, 409) },
      },
    },
    async (request, reply) => {
      const { name = '', algorithm, publicKey = null } = request.body
      const made = await signed.create({ keyId: request.params.id, name, algorithm, publicKey }, request.caller)
      if (!made.ok) return sendProblem(reply, made.problem)
      const { key, secret } = made.value
      return reply.code(201).send({ ...bodyOf(key), secret: secret === null ? null : secret.reveal() })
    },
  )

  app.get(
    '/v1/keys/:id/signature-keys',
    {
      ...declareCaller('keys:read', 'keys:manage'),
      schema: {
        tags,
        summary: 'List the ways in which a key signs requests',
        params,
        response: {
          200: withExample(Type.Object({ items: Type.Array(SignatureKeyBody) }), { items: [example] }),
          ...problemResponses(400, 401, 403, 404),
        },
      },
    },
    async (request, reply) => {
      const listed = await signed.list(request.params.id, request.caller)
      return listed.ok ? reply.send({ items: listed.value.map(bodyOf) }) : sendProblem(reply, listed.problem)
    },
  )

  app.delete(
    '/v1/keys/:id/signature-keys/:signatureKey',
    {
      ...declareCaller('keys:revoke', 'keys:manage'),
      schema: {
        tags,
        summary: 'End a way in which a key signs requests',
        params: one,
        response: { 204: Type.Null(), ...problemResponses(400, 401, 403, 404) },
      },
    },
    async (request, reply) => {
      const { id: keyId, signatureKey: id } = request.params
      return noContent(reply, await signed.revoke({ keyId, id }, request.caller))
    },
  )
}

function bodyOf({ publicKey, createdAt, ...key }: SignatureKey) {
  return {
    ...key,
    publicKey: publicKey === null ? null : { ...publicKey },
    createdAt: new Date(createdAt).toISOString(),
  }
}
