import { type Config, type ConfigProblem, type Difference, differencesOf, FIXED_AT_START } from '../../config/index.ts'
import { documentProblems } from '../gateway/input-rules.ts'

/** What became of a change: what it changed, or every reason why all is as it was. */
export type Replaced =
  | { readonly ok: true; readonly changes: readonly Difference[] }
  | { readonly ok: false; readonly problems: readonly ConfigProblem[] }

/** What of the configuration is in force in this process, and may become another while it runs. */
export type Live = {
  readonly gateway: () => Config['gateway']
  /** Which version of it is in force; null where it is that of the file. */
  readonly version: () => number | null
  /**
   * Puts another configuration in force, all of it or nothing. What cannot change in a running process is told
   * and refused.
   */
  readonly replace: (next: Config, version: number | null) => Replaced
  /** Every reason why a configuration cannot follow on that in force, as far as it shows without loading it. */
  readonly faultsOf: (next: Config) => readonly ConfigProblem[]
  /**
   * Whoever loads the settings of the gateway before they are in force, or throws and stays with those before.
   *
   * @returns asks it no more
   */
  readonly ask: (load: (settings: Config['gateway']) => void) => () => void
}

/** Makes what holds the configuration that is in force. */
export function createLive(config: Config, at: number | null = null): Live {
  let current = config.gateway
  let version = at
  let load: ((settings: Config['gateway']) => void) | null = null

  function faultsOf(next: Config): readonly ConfigProblem[] {
    const outside = differencesOf({ ...config, gateway: fixedOf(current) }, { ...next, gateway: fixedOf(next.gateway) })
    return outside.map(({ path }) => ({ path, message: NEEDS_RESTART }))
  }

  function replace(next: Config, as: number | null): Replaced {
    const faults = faultsOf(next)
    if (faults.length > 0) return { ok: false, problems: faults }
    try {
      load?.(next.gateway)
    } catch (error) {
      return { ok: false, problems: reasonsOf(error, next) }
    }
    const changes = differencesOf(current, next.gateway, ['gateway'])
    current = next.gateway
    version = as
    return { ok: true, changes }
  }

  return Object.freeze({
    gateway: () => current,
    version: () => version,
    replace,
    faultsOf,
    ask: (asked: (settings: Config['gateway']) => void) => {
      load = asked
      return () => {
        load = null
      }
    },
  })
}

const NEEDS_RESTART =
  'needs a restart: it cannot change while the process runs, and nothing that was changed with it is in force'

function fixedOf(settings: Readonly<Record<string, unknown>>) {
  return Object.fromEntries(FIXED_AT_START.map((name) => [name, settings[name]]))
}

/** Why settings did not load: everything that is wrong with documents, or the one thing that stopped it. */
export function reasonsOf(error: unknown, next: Config): readonly ConfigProblem[] {
  const documents = documentProblems(next)
  if (documents.length > 0) return documents
  return [{ path: 'gateway', message: error instanceof Error ? error.message : String(error) }]
}
