import { missingPermissions } from '../../access/index.ts'
import { type Caller, organizationOf, Type } from '../../core/index.ts'
import { type ControlApp, Nullable, Prose, problemResponses, sendProblem, Text } from '../../http/index.ts'
import { GithubFeedback, GithubReport } from '../leak/leak-github.ts'
import type { KeyRouteDeps } from './deps.ts'

const tags = ['keys']
const BODY_BYTES = 1_048_576

const LeakBody = Type.Object(
  {
    key: Type.String({ minLength: 1, maxLength: 512, description: 'The whole key, as it was found.' }),
    where: Type.Optional(Prose(1, 500, 'Where it was found, for its owner.')),
    url: Type.Optional(Text(1, 2048)),
  },
  {
    additionalProperties: false,
    examples: [{ key: 'sp_live_…', where: 'a public repository', url: 'https://example.com/app.env' }],
  },
)

const OutcomeBody = Type.Object(
  {
    outcome: Type.Unsafe<'revoked' | 'already_revoked' | 'unknown'>({
      type: 'string',
      enum: ['revoked', 'already_revoked', 'unknown'],
    }),
    keyId: Nullable(Type.String({ description: 'Null when the key is unknown, or of another organization.' })),
  },
  { examples: [{ outcome: 'revoked', keyId: 'key_1hq3v0c9kd5m7w2x8p4t6r1a' }] },
)

/** Reports of leaked keys (row K20): from anybody who found one, and from GitHub's secret scanning. */
export function leakRoutes(app: ControlApp, { keys }: KeyRouteDeps): void {
  app.post(
    '/v1/keys/leaked',
    {
      // Whoever shows the whole key has proved all that is needed to have it revoked.
      config: { permission: 'public' },
      schema: {
        tags,
        summary: 'Report a leaked key; it is revoked at once',
        description:
          'Anybody may report. Only a caller with the permission `keys:report` is told what became of it (200); everybody else gets one answer (202), whatever the text was.',
        body: LeakBody,
        response: {
          200: OutcomeBody,
          202: Type.Object({ received: Type.Literal(true) }, { examples: [{ received: true }] }),
          ...problemResponses(400, 401),
        },
      },
    },
    async (request, reply) => {
      const { key, where = null, url = null } = request.body
      const { caller } = request
      const outcome = await keys.leaked({ key, where, url, source: 'report' }, caller)
      if (!mayKnow(caller)) return reply.code(202).send({ received: true })
      const own = outcome.is !== 'unknown' && outcome.key.organization === organizationOf(caller)
      return reply.code(200).send({ outcome: outcome.is, keyId: own ? outcome.key.id : null })
    },
  )

  // A scope of its own: what is signed are the bytes, so nobody may parse them before.
  app.register(async (raw) => {
    raw.removeContentTypeParser('application/json')
    raw.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, parsed) => parsed(null, body))
    raw.post(
      '/v1/keys/leaked/github',
      {
        config: { permission: 'public' },
        bodyLimit: BODY_BYTES,
        // Nothing is read before the signature was verified; the report is checked after that.
        validatorCompiler: () => () => true,
        schema: {
          tags,
          summary: 'Report leaked keys in the shape of GitHub secret scanning',
          description:
            'Signed by GitHub (`Github-Public-Key-Identifier`, `Github-Public-Key-Signature`). Off until keys.leaks.github is configured.',
          headers: Type.Object({
            'github-public-key-identifier': Type.String({ description: 'Which of GitHub’s keys signed.' }),
            'github-public-key-signature': Type.String({ description: 'ECDSA on P-256 over the body, in Base64.' }),
          }),
          body: GithubReport,
          response: { 200: GithubFeedback, ...problemResponses(400, 401, 404, 413, 503) },
        },
      },
      async (request, reply) => {
        const { headers } = request
        const report = {
          body: request.body as unknown as Buffer,
          identifier: single(headers['github-public-key-identifier']),
          signature: single(headers['github-public-key-signature']),
        }
        const feedback = await keys.leakedAtGithub(report, request.caller)
        return feedback.ok ? reply.send(feedback.value) : sendProblem(reply, feedback.problem)
      },
    )
  })
}

function mayKnow({ principal }: Caller): boolean {
  return principal.kind !== 'anonymous' && missingPermissions(principal.permissions, ['keys:report']).length === 0
}

function single(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}
