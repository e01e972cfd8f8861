import type { Applied, Config, LoadedConfig } from '../config/index.ts'
import type { Reread } from '../server/index.ts'
import { config } from './loaded.ts'
import { UsageError } from './usage.ts'

/** What a command finds around it: where it runs and what it was told about configuration and server. */
export type Surroundings = {
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly configFile: string | undefined
  readonly data: string | undefined
  readonly server: string | undefined
  readonly key: string | undefined
}

/** Loads the configuration with every problem told. */
export async function readConfig(
  around: Surroundings,
  overrides: Record<string, unknown> = {},
  applied?: Applied,
): Promise<LoadedConfig> {
  const { cwd, env, configFile, data } = around
  const merged = { ...(data === undefined ? {} : { data }), ...overrides }
  const { loadConfig } = await config()
  return loadConfig({ cwd, env, file: configFile, overrides: merged, applied })
}

/** The configuration, or a usage error that lists all its problems. */
export async function requireConfig(around: Surroundings, overrides: Record<string, unknown> = {}): Promise<Config> {
  return (await requireLoaded(around, overrides)).value
}

/** The same, with the file that it was read from. */
export async function requireLoaded(
  around: Surroundings,
  overrides: Record<string, unknown> = {},
): Promise<Extract<LoadedConfig, { ok: true }>> {
  const loaded = await readConfig(around, overrides)
  if (loaded.ok) return loaded
  const { formatProblem } = await config()
  throw new UsageError(
    ['The configuration is wrong:', ...loaded.problems.map((problem) => `  ${formatProblem(problem)}`)].join('\n'),
  )
}

/** The configuration, and how it is read once more. */
export async function requireRereadable(around: Surroundings): Promise<{ config: Config; reread: Reread }> {
  const { value: config, file, written } = await requireLoaded(around)
  return { config, reread: { file, written, load: (applied) => readConfig(around, {}, applied) } }
}
