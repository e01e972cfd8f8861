import { extname } from 'node:path'
import { type ConfigProblem, formatProblem, type WrittenGateway } from '../../config/index.ts'
import type { Version } from '../../rollout/index.ts'
import type { System } from '../system.ts'
import type { Replaced } from './live.ts'
import type { Reread } from './reread.ts'

type Told = Pick<System, 'audit' | 'live' | 'log'>
/** What became of a change, and what of the gateway was written there. */
export type PutInForce = Replaced & { readonly written: WrittenGateway | null }

const SYSTEM = { principalKind: 'system', principal: 'system' } as const
/** Characters of a detail of an Event. */
const LONGEST = 512
const MODULES = ['.ts', '.mts', '.js', '.mjs']

/**
 * Reads the configuration again and puts it in force in this process, all of it or nothing, and tells what became of it.
 *
 * @param version what was applied, in the place of what the file says of the gateway; null for the file
 */
export async function putInForce(system: Told, reread: Reread, version: Version | null): Promise<PutInForce> {
  const made = await replacedBy(system, reread, version)
  if (made.ok) tellChanged(system, made)
  else tellRefused(system, made.problems)
  return made
}

async function replacedBy({ live }: Told, { file, load }: Reread, version: Version | null): Promise<PutInForce> {
  if (isModule(file)) return refused([{ path: '', message: READ_ONCE, ...(file !== null && { file }) }])
  const loaded = await load(version === null ? undefined : appliedOf(version))
  if (!loaded.ok) return refused(loaded.problems)
  return { ...live.replace(loaded.value, version?.version ?? null), written: loaded.written }
}

function refused(problems: readonly ConfigProblem[]): PutInForce {
  return { ok: false, problems, written: null }
}

function appliedOf({ version, gateway }: Version) {
  return { gateway, name: `version ${version}` }
}

// Modules stay in memory as they were read first, and so do those that they import.
const READ_ONCE = 'is a module, which is read once, at the start: it needs a restart'

/** Whether a configuration is a program, which cannot be read twice. */
export function isModule(file: string | null): boolean {
  return file !== null && MODULES.includes(extname(file))
}

function tellChanged({ audit, live, log }: Told, { changes }: Extract<Replaced, { ok: true }>): void {
  const changed = changes.map(({ path }) => path)
  const version = live.version()
  const what =
    changed.length === 0 ? 'the configuration was read again and says what it said' : 'the configuration changed'
  log.info({ changed, version }, what)
  if (changed.length === 0) return
  const details = { version, changed: shortened(changed.join(' ')), count: changed.length }
  audit.record({ ...SYSTEM, type: 'configuration.changed', outcome: 'success', details })
}

function tellRefused({ audit, log }: Told, problems: readonly ConfigProblem[]): void {
  const reasons = problems.map(formatProblem)
  log.warn({ problems: reasons }, 'the configuration that was read is no good; the last good one stays in force')
  const details = { reason: shortened(reasons.join('\n')), count: reasons.length }
  audit.record({ ...SYSTEM, type: 'configuration.refused', outcome: 'failure', details })
}

function shortened(text: string): string {
  return text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text
}
