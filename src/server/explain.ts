import type { Config } from '../config/index.ts'
import type { Clock } from '../core/index.ts'
import type { Explanation } from '../gateway/index.ts'
import { buildGateway } from './gateway.ts'
import { createLog } from './log.ts'
import { createMetrics } from './metrics.ts'
import { openSystem } from './system.ts'

export type ExplainInput = {
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
}

/** Runs a request through the gateway's stages without sending it anywhere or charging any limit (row G2). */
export async function explainRequest(
  deps: { config: Config; clock: Clock },
  input: ExplainInput,
): Promise<Explanation> {
  const system = await openSystem({ ...deps, log: createLog('error') })
  try {
    const gateway = buildGateway(system, createMetrics(), system.store.ready)
    try {
      return await gateway.explain(input)
    } finally {
      await gateway.close()
    }
  } finally {
    await system.stop()
  }
}
