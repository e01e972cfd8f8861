import {
  type ControlApp,
  declareCaller,
  optionalBody,
  problemResponses,
  refuseHttp,
  sendProblem,
} from '../../http/index.ts'
import type { SigningKeys } from './open.ts'
import { Jwks, RotateBody, SigningKeyList } from './schemas.ts'
import type { SigningKeyRecord } from './signing-key.ts'

/** The public halves of the signing keys (RFC 7517, section 5), and for administrators their list and their rotation. */
export function signingKeyRoutes(app: ControlApp, { signingKeys }: { signingKeys: SigningKeys }): void {
  app.get(
    '/oauth/jwks',
    {
      config: { permission: 'public' },
      schema: { tags: ['tokens'], summary: 'Public signing keys', response: { 200: Jwks } },
    },
    async (_request, reply) =>
      reply
        .header('cache-control', `public, max-age=${signingKeys.maxAge}`)
        .send({ keys: [...signingKeys.jwks().keys] }),
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
    async (_request, reply) => reply.send(listOf(signingKeys.list())),
  )

  app.post(
    '/v1/signing-keys/rotate',
    {
      ...optionalBody,
      ...declareCaller('signing-keys:manage'),
      schema: {
        tags: ['tokens'],
        summary: 'Rotate a signing key',
        description:
          'Publishes the next key of an algorithm, which signs as soon as everybody can have it. Asked twice it makes one key. With `leaked` that key is removed at once: the next one signs from now on, and tokens of the removed one are refused as soon as caches of the public keys are over.',
        body: RotateBody,
        response: { 200: SigningKeyList, ...problemResponses(400, 401, 403, 404, 409) },
      },
    },
    async ({ body, caller }, reply) => {
      const { algorithm, leaked } = body
      if (algorithm !== undefined && leaked !== undefined) {
        const errors = [{ path: 'leaked', message: 'names a key, so `algorithm` must be left out' }]
        return sendProblem(reply, refuseHttp('INPUT_INVALID', { errors }))
      }
      const rotation = leaked === undefined ? { algorithm: algorithm ?? signingKeys.current().algorithm } : { leaked }
      const rotated = await signingKeys.rotate(rotation, caller)
      return rotated.ok ? reply.send(listOf(rotated.value)) : sendProblem(reply, rotated.problem)
    },
  )
}

function listOf(records: readonly SigningKeyRecord[]) {
  const items = records.map((key) => ({
    ...key,
    createdAt: momentOf(key.createdAt),
    activeAt: momentOf(key.activeAt),
    retiredAt: momentOf(key.retiredAt),
    removesAt: momentOf(key.removesAt),
  }))
  return { items, nextCursor: null }
}

function momentOf(at: number | null): string | null {
  return at === null ? null : new Date(at).toISOString()
}
