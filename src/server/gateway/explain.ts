import type { Config } from '../../config/index.ts'
import type { Explanation, Question } from '../../gateway/index.ts'
import type { Reread } from '../configuration/reread.ts'
import { createMetrics } from '../metrics/metrics.ts'
import type { System } from '../system.ts'
import { withLocalSystem } from '../with-system.ts'
import { buildGateway } from './gateway.ts'

/** Runs a request through the gateway's stages without sending it anywhere or charging any limit (row G2). */
export function explainRequest(config: Config, question: Question, reread?: Reread): Promise<Explanation> {
  const work = async (system: System) => {
    const gateway = buildGateway(system, createMetrics(), system.store.ready)
    try {
      return await gateway.explain(question)
    } finally {
      await gateway.close()
    }
  }
  return withLocalSystem(config, work, reread)
}
