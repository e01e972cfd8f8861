import { Type, VERSION } from '../../core/index.ts'
import { type ControlApp, streamOf, withExample } from '../../http/index.ts'
import type { Metrics } from '../metrics/metrics.ts'

const METRICS = streamOf('text/plain', 'In the text format of Prometheus.', 'process_resident_memory_bytes 73400320\n')

/** Health, metrics and version: what orchestrators and monitors ask. */
export function processRoutes(deps: {
  ready: () => Promise<boolean>
  metrics: Metrics
}): (app: ControlApp) => Promise<void> {
  return async (app) => {
    const open = { config: { permission: 'public' } } as const
    const Status = Type.Object({ status: Type.String() })

    app.get(
      '/livez',
      {
        ...open,
        schema: {
          tags: ['process'],
          summary: 'Is the process alive',
          response: { 200: withExample(Status, { status: 'alive' }) },
        },
      },
      async (_request, reply) => reply.header('cache-control', 'no-store').send({ status: 'alive' }),
    )

    app.get(
      '/readyz',
      {
        ...open,
        schema: {
          tags: ['process'],
          summary: 'May it be sent requests',
          response: {
            200: withExample(Status, { status: 'ready' }),
            503: withExample(Status, { status: 'not ready' }),
          },
        },
      },
      async (_request, reply) => {
        const ready = await deps.ready()
        reply.header('cache-control', 'no-store').code(ready ? 200 : 503)
        return reply.send({ status: ready ? 'ready' : 'not ready' })
      },
    )

    app.get(
      '/metrics',
      { ...open, schema: { tags: ['process'], summary: 'Prometheus metrics', response: { 200: METRICS } } },
      async (_request, reply) => reply.type(deps.metrics.contentType).send(await deps.metrics.text()),
    )

    app.get(
      '/version',
      {
        ...open,
        schema: {
          tags: ['process'],
          summary: 'Which version runs',
          response: { 200: withExample(Type.Object({ version: Type.String() }), { version: VERSION }) },
        },
      },
      async (_request, reply) => reply.send({ version: VERSION }),
    )
  }
}
