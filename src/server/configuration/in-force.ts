import { type Config, formatProblem } from '../../config/index.ts'
import { newestVersion } from '../../rollout/index.ts'
import type { Store } from '../../store/index.ts'
import type { Reread } from './reread.ts'

/** The configuration that is in force when a process starts, and which version it is. */
export type InForce = { readonly config: Config; readonly version: number | null; readonly warnings: readonly string[] }

/**
 * Finds what is in force: what the file says, or with `gateway.source: applied` what was applied last, where anything was.
 *
 * @param serves whether requests will be decided by it: then what does not load stops the start. A command goes on with its file,
 *   so that what is wrong can be rolled back.
 * @throws Error with every mistake, for the operator
 */
export async function findInForce(
  config: Config,
  { reread, store, serves }: { readonly reread: Reread; readonly store: Store; readonly serves: boolean },
): Promise<InForce> {
  if (config.gateway.source === 'file') return { config, version: null, warnings: [] }
  const newest = await newestVersion(store)
  if (newest === null) return { config, version: null, warnings: [] }
  const { version, gateway } = newest
  const loaded = await reread.load({ gateway, name: `version ${version}` })
  if (loaded.ok) return { config: loaded.value, version, warnings: [] }
  const sentence = [
    `Version ${version} of the gateway’s configuration does not load here. Roll back with: sallyport config rollback VERSION`,
    ...loaded.problems.map((problem) => `  ${formatProblem(problem)}`),
  ].join('\n')
  if (serves) throw new Error(sentence)
  return { config, version: null, warnings: [sentence] }
}
