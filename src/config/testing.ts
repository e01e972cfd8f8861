import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ConfigSource, type LoadedConfig, loadConfig } from './load.ts'
import { type ConfigProblem, formatProblem } from './problem.ts'
import type { Config } from './schema.ts'

/** Runs work in a fresh folder that holds these files, and removes it. */
export async function inFolder<R>(
  files: Readonly<Record<string, string | Uint8Array>>,
  work: (folder: string) => Promise<R>,
) {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-config-'))
  try {
    for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content)
    return await work(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Loads YAML as `sallyport.yaml` of a fresh folder. */
export function loadYaml(yaml: string, more: Partial<ConfigSource> = {}): Promise<LoadedConfig> {
  return inFolder({ 'sallyport.yaml': yaml }, (cwd) => loadConfig({ cwd, env: {}, ...more }))
}

/** The configuration of YAML that is right. */
export async function configOf(yaml: string, more: Partial<ConfigSource> = {}): Promise<Config> {
  const loaded = await loadYaml(yaml, more)
  if (loaded.ok) return loaded.value
  throw new Error(loaded.problems.map(formatProblem).join('\n'))
}

/** Everything wrong with YAML. */
export async function problemsOf(yaml: string, more: Partial<ConfigSource> = {}): Promise<readonly ConfigProblem[]> {
  const loaded = await loadYaml(yaml, more)
  return loaded.ok ? [] : loaded.problems
}
