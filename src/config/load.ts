import { resolve as absolute, relative } from 'node:path'
import { type Applied, layApplied, type WrittenGateway, writtenGateway } from './applied.ts'
import { type Environment, readEnvironment } from './environment.ts'
import { findFile, readFile } from './files.ts'
import { freezeDeeply } from './freeze.ts'
import { inspectForm, interpret } from './interpret.ts'
import { type ConfigProblem, createReport, type Report } from './problem.ts'
import { type Config, type ConfigInput, configNode } from './schema.ts'
import { emptyBranch, layOver, TooMuch, type Tree, treeOf } from './tree.ts'

/** Where configuration comes from. Later ones win: file, environment, overrides. */
export type ConfigSource = {
  /** The file that `--config` names, relative to `cwd`. Without it `SALLYPORT_CONFIG`, then the usual names in `cwd`. */
  readonly file?: string | undefined
  readonly cwd: string
  readonly env: Environment
  /** Values from the command line or an embedding program. */
  readonly overrides?: ConfigInput | undefined
  /** What is in the place of what the file says of the gateway. */
  readonly applied?: Applied | undefined
}

/** A loaded configuration, or every mistake in it. */
export type LoadedConfig =
  | {
      readonly ok: true
      readonly value: Config
      readonly file: string | null
      /** What was written of the gateway, wherever that was. */
      readonly written: WrittenGateway
    }
  | { readonly ok: false; readonly problems: readonly ConfigProblem[]; readonly file: string | null }

/**
 * Loads the configuration: a YAML or TypeScript file or none, then `SALLYPORT_*` variables, then overrides; checked
 * as one whole, every mistake told at once with its path and place. A wrong value is never mended into a default.
 *
 * @returns `value` frozen all the way down, times in milliseconds, sizes in bytes, paths absolute, secrets wrapped;
 * `file` the absolute path of the file that was read
 * @example
 * const loaded = await loadConfig({ cwd: process.cwd(), env: process.env })
 * if (!loaded.ok) for (const problem of loaded.problems) console.error(formatProblem(problem))
 */
export async function loadConfig(source: ConfigSource): Promise<LoadedConfig> {
  const { cwd, env, overrides } = source
  const report = createReport()
  const file = findNamed(source, report)
  const fromFile = file === null ? null : await readFile(file, shownName(file, cwd), report)
  if (fromFile !== null) inspectForm(fromFile, report)
  const base = withApplied(source, fromFile ?? emptyBranch({ from: 'argument' }), report)
  const argument = treeOf(overrides ?? {}, { from: 'argument' })
  const above = layOver(configNode, readEnvironment(env, configNode, report), argument)
  const whole = layOver(configNode, base, above)
  const config = interpret(whole, report, { cwd, file })
  if (config === null) return freezeDeeply({ ok: false, problems: report.problems(), file })
  return Object.freeze({ ok: true, value: freezeDeeply(config), file, written: writtenGateway(whole) })
}

function withApplied({ applied }: ConfigSource, tree: Tree, report: Report): Tree {
  if (applied === undefined) return tree
  try {
    return layApplied(tree, applied)
  } catch (error) {
    if (!(error instanceof TooMuch)) throw error
    report.add(['gateway'], 'is too deep or holds too many values', { from: 'file', file: applied.name })
    return tree
  }
}

/**
 * Checks values that a program gives as the configuration that they are, without any file or variable: the same words, bounds and
 * mistakes, at once.
 *
 * @param cwd the folder that relative paths start at
 */
export function readConfig(values: ConfigInput, cwd: string): LoadedConfig {
  const report = createReport()
  const tree = treeOf(values, { from: 'argument' })
  const config = interpret(tree, report, { cwd, file: null })
  if (config === null) return freezeDeeply({ ok: false, problems: report.problems(), file: null })
  return Object.freeze({ ok: true, value: freezeDeeply(config), file: null, written: writtenGateway(tree) })
}

function findNamed({ file, cwd, env }: ConfigSource, report: Report): string | null {
  const variable = env.SALLYPORT_CONFIG
  if (file === undefined && variable === '') {
    report.add([], 'is set but empty; name a file or unset it', { from: 'environment', variable: 'SALLYPORT_CONFIG' })
    return null
  }
  return findFile(file ?? variable, absolute(cwd), report)
}

function shownName(file: string, cwd: string): string {
  const near = relative(cwd, file)
  return near.startsWith('..') ? file : near
}
