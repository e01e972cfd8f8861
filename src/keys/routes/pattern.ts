import { Type } from '../../core/index.ts'
import { type ControlApp, withExample } from '../../http/index.ts'
import type { KeyRouteDeps } from './deps.ts'

const PatternBody = withExample(Type.Object({ pattern: Type.String() }), {
  pattern: 'sp_(live|test|dev|int)_[0-9A-Za-z]{73}',
})

/** The published expression for secret scanners (row K2). */
export function patternRoutes(app: ControlApp, { keys }: KeyRouteDeps): void {
  app.get(
    '/.well-known/sallyport-key-pattern',
    {
      config: { permission: 'public' },
      schema: {
        tags: ['keys'],
        summary: 'One regular expression that matches every key',
        response: { 200: PatternBody },
      },
    },
    async (_request, reply) => reply.header('cache-control', 'public, max-age=3600').send({ pattern: keys.pattern }),
  )
}
