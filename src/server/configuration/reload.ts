import { extname } from 'node:path'
import type { ConfigProblem, LoadedConfig } from '../../config/index.ts'
import { formatProblem } from '../../config/index.ts'
import { keepFiles } from '../doors/keep-files.ts'
import type { System } from '../system.ts'
import type { Replaced } from './live.ts'

/** Where the configuration came from, and how it is read once more. */
export type Reread = {
  /** The absolute path of its file; null where there is none. */
  readonly file: string | null
  readonly load: () => Promise<LoadedConfig>
}

export type Reload = {
  /** Reads the file again and puts what it says in force, all of it or nothing. One at a time. */
  readonly now: () => Promise<Replaced>
  readonly stop: () => Promise<void>
}

type Deps = {
  readonly system: Pick<System, 'audit' | 'live' | 'log'>
  readonly reread: Reread
}

const SYSTEM = { principalKind: 'system', principal: 'system' } as const
/** Characters of a detail of an Event. */
const LONGEST = 512
const MODULES = ['.ts', '.mts', '.js', '.mjs']

/**
 * Keeps what is in force up with the file of the configuration: when it is told to, and with `gateway.reload: watch` as soon as
 * the file changes. What is no good is told, and what is in force stays.
 *
 * @throws Error with a sentence for the operator, where there is no file that could be watched
 */
export function createReload({ system, reread }: Deps): Reload {
  const { live, log } = system
  let turn: Promise<unknown> = Promise.resolve()

  async function read(): Promise<Replaced> {
    const replaced = await replacedBy(reread, live)
    if (replaced.ok) tellApplied(system, replaced)
    else tellRefused(system, replaced.problems)
    return replaced
  }

  function now(): Promise<Replaced> {
    const mine = turn.then(read)
    turn = mine.catch((error) => log.error({ err: error }, 'the configuration was not read again'))
    return mine
  }

  const watching = live.gateway().reload === 'watch' ? watch(fileOf(reread), now, log) : null
  return Object.freeze({
    now,
    stop: async () => {
      watching?.stop()
      await turn
    },
  })
}

async function replacedBy({ file, load }: Reread, live: Deps['system']['live']): Promise<Replaced> {
  if (isModule(file)) return { ok: false, problems: [{ path: '', message: READ_ONCE, ...(file !== null && { file }) }] }
  const loaded = await load()
  return loaded.ok ? live.replace(loaded.value) : { ok: false, problems: loaded.problems }
}

// Modules stay in memory as they were read first, and so do those that they import.
const READ_ONCE = 'is a module, which is read once, at the start: it needs a restart'

function isModule(file: string | null): boolean {
  return file !== null && MODULES.includes(extname(file))
}

function fileOf({ file }: Reread): string {
  if (file !== null && !isModule(file)) return file
  throw new Error(
    `gateway.reload is watch, but ${file === null ? 'there is no file' : `${file} is a module`}: only a file of YAML or JSON can be read again`,
  )
}

function watch(file: string, now: () => Promise<unknown>, log: System['log']) {
  const changed = () => void now().catch(() => undefined)
  return keepFiles({
    files: [{ at: 'the configuration', file }],
    make: (bytes) => bytes(file),
    made: changed,
    refused: (reason) => log.warn(reason),
  })
}

function tellApplied({ audit, log }: Deps['system'], { changes }: Extract<Replaced, { ok: true }>): void {
  const paths = changes.map(({ path }) => path)
  log.info({ changed: paths }, paths.length === 0 ? 'the configuration says what it said' : 'the configuration changed')
  if (paths.length === 0) return
  const details = { changed: shortened(paths.join(' ')), count: paths.length }
  audit.record({ ...SYSTEM, type: 'configuration.changed', outcome: 'success', details })
}

function tellRefused({ audit, log }: Deps['system'], problems: readonly ConfigProblem[]): void {
  const reasons = problems.map(formatProblem)
  log.warn({ problems: reasons }, 'the configuration that was read is no good; the last good one stays in force')
  const details = { reason: shortened(reasons.join('\n')), count: reasons.length }
  audit.record({ ...SYSTEM, type: 'configuration.refused', outcome: 'failure', details })
}

function shortened(text: string): string {
  return text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text
}
