import { type ConfigInput, formatProblem, loadConfig } from '../config/index.ts'
import { systemClock } from '../core/index.ts'
import type { Keys } from '../keys/index.ts'
import { createLog } from './log.ts'
import { type Role, serve } from './serve.ts'
import { openSystem } from './system.ts'

export type SallyportOptions = {
  /** The configuration, as it would stand in `sallyport.yaml`. */
  readonly config?: ConfigInput
  /** A configuration file instead, relative to the working directory. */
  readonly file?: string
  /** Whether doors are opened: `false` for a library inside your own server. Default false. */
  readonly serve?: Role | false
}

/** Sallyport inside your own process. */
export type Sallyport = {
  /** Verifies a key; the one function behind every door. */
  readonly verifyKey: Keys['verify']
  /** Where the control plane listens, or null. */
  readonly control: string | null
  /** Where the gateway listens, or null. */
  readonly gateway: string | null
  /** Writes what is in memory and closes everything. */
  readonly stop: () => Promise<void>
}

/**
 * Starts Sallyport inside a Node process, with the same store as the commands use.
 *
 * @throws Error that lists every mistake of the configuration
 * @example
 * const sallyport = await createSallyport({ config: { data: './.sallyport' } })
 * const answer = await sallyport.verifyKey({ key: request.headers['x-api-key'] })
 */
export async function createSallyport(options: SallyportOptions = {}): Promise<Sallyport> {
  const { file, config: overrides } = options
  const loaded = await loadConfig({ cwd: process.cwd(), env: process.env, file, overrides })
  if (!loaded.ok) throw new Error(loaded.problems.map(formatProblem).join('\n'))
  const config = loaded.value
  if (options.serve !== undefined && options.serve !== false) {
    const { system, control, gateway, stop } = await serve({ config, role: options.serve, clock: systemClock })
    return Object.freeze({ verifyKey: system.keys.verify, control, gateway, stop })
  }
  const { keys, notices, stop } = await openSystem({ config, clock: systemClock, log: createLog(config.log.level) })
  notices.start()
  return Object.freeze({ verifyKey: keys.verify, control: null, gateway: null, stop })
}
