import type { Config } from '../src/config/index.ts'
import type { Caller, Clock } from '../src/core/index.ts'
import { createLocalApi, operator } from '../src/server/index.ts'

/** The whole system without doors, and a caller who may do everything. */
export async function openKeysForBench(config: Config, clock: Clock) {
  const { system } = await createLocalApi({ config, clock })
  const caller: Caller = { principal: operator, address: null, userAgent: null, requestId: null }
  return { system, caller }
}
