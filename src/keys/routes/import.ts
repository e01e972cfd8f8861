import { Secret } from '../../core/index.ts'
import { type ControlApp, declareCaller, problemResponses, sendProblem } from '../../http/index.ts'
import type { ForeignKey, Imported } from '../foreign/import.ts'
import { newKeyOf } from './body.ts'
import type { KeyRouteDeps } from './deps.ts'
import { type ForeignKeyBody, ImportBody, ImportedBody } from './schemas-import.ts'

const BODY_BYTES = 8_388_608

/** `POST /v1/keys/import`: keys of another system (row K5). */
export function importRoutes(app: ControlApp, { keys }: KeyRouteDeps): void {
  app.post(
    '/v1/keys/import',
    {
      ...declareCaller('keys:import'),
      bodyLimit: BODY_BYTES,
      schema: {
        tags: ['keys'],
        summary: 'Take over keys of another system, by value or by hash',
        description:
          'All of them or none. Every rule of creation holds for each key. What is wrong is named as `keys.<position>.<field>`. A hash is replaced by our own when the key is first used.',
        body: ImportBody,
        response: {
          200: ImportedBody,
          201: ImportedBody,
          ...problemResponses(400, 401, 403, 409, 413),
        },
      },
    },
    async (request, reply) => {
      const { keys: wanted, dryRun = false, existing = 'refuse' } = request.body
      const outcome = await keys.import({ keys: wanted.map(foreignKeyOf), dryRun, existing }, request.caller)
      if (!outcome.ok) return sendProblem(reply, outcome.problem)
      const body = importedBody(outcome.value)
      return reply.code(body.imported > 0 && !dryRun ? 201 : 200).send(body)
    },
  )
}

function foreignKeyOf(body: ForeignKeyBody): ForeignKey {
  const { service = null, key, hash = null, prefix = null, ...rest } = body
  const { format: _made, ...created } = newKeyOf(rest)
  return { ...created, service, text: key === undefined ? null : new Secret(key), hash, prefix }
}

function importedBody({ dryRun, lines }: Imported) {
  const count = (wanted: string) => lines.filter(({ result }) => result === wanted).length
  const items = lines.map(({ result, id, name, hint }) => ({
    result,
    id: dryRun && result === 'imported' ? null : id,
    name,
    hint: hint === null ? null : `${hint.start}…${hint.end}`,
  }))
  return { dryRun, imported: count('imported'), skipped: count('skipped'), items }
}
