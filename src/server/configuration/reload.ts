import { keepFiles } from '../doors/keep-files.ts'
import type { System } from '../system.ts'
import { isModule, type PutInForce, putInForce } from './put-in-force.ts'
import type { Reread } from './reread.ts'

export type Reload = {
  /** Reads the configuration again and puts what it says in force, all of it or nothing. One at a time. */
  readonly now: () => Promise<PutInForce>
  readonly stop: () => Promise<void>
}

type Deps = {
  readonly system: Pick<System, 'audit' | 'live' | 'log' | 'rollout'>
  readonly reread: Reread
  /** Whether versions are made of what was read: where no gateway runs, nothing came in force. */
  readonly notes: boolean
}

/**
 * Keeps what is in force up with the file of the configuration: when it is told to, and with `gateway.reload: watch` as soon as
 * the file changes.
 *
 * @throws Error with a sentence for the operator, where there is no file that could be watched
 */
export function createReload(deps: Deps): Reload {
  const { system, reread } = deps
  const { rollout, log } = system
  let turn: Promise<unknown> = Promise.resolve()

  async function read(): Promise<PutInForce> {
    const applied = rollout.source === 'applied' ? await rollout.newest() : null
    const made = await putInForce(system, reread, applied)
    if (made.ok && made.written !== null) await noteFile(deps, made.written)
    return made
  }

  function now(): Promise<PutInForce> {
    const mine = turn.then(read)
    turn = mine.catch((error) => log.error({ err: error }, 'the configuration was not read again'))
    return mine
  }

  const watching = system.live.gateway().reload === 'watch' ? watch(fileOf(reread), now, log) : null
  return Object.freeze({
    now,
    stop: async () => {
      watching?.stop()
      await turn
    },
  })
}

/** Takes down what a process read of its file. What is in force stays so where that cannot be written. */
export async function noteFile({ system, notes }: Omit<Deps, 'reread'>, written: Reread['written']): Promise<void> {
  if (!notes || written === null) return
  await system.rollout
    .note(written)
    .catch((error) => system.log.error({ err: error }, 'what the file says was not taken down as a version'))
}

function fileOf({ file }: Reread): string {
  if (file !== null && !isModule(file)) return file
  const why = file === null ? 'there is no file' : `${file} is a module`
  throw new Error(`gateway.reload is watch, but ${why}: only a file of YAML or JSON can be read again`)
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
