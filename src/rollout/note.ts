import type { WrittenGateway } from '../config/index.ts'
import { eventOf, nextOf, VERSION_TOPIC } from './apply.ts'
import type { RolloutDeps } from './rollout.ts'
import { insertVersion, newestVersion } from './store.ts'
import { digestOf, type Version } from './version.ts'

const SYSTEM = { principalKind: 'system', principal: 'system' } as const

/**
 * Takes down what a process read of its file. One that reads the same makes no version. Where settings are applied here, the file of a process is only what everything begins with.
 */
export async function note(deps: RolloutDeps, gateway: WrittenGateway): Promise<Version> {
  const { store, audit, clock, source } = deps
  const before = await newestVersion(store)
  if (before !== null && source === 'applied') return before
  if (before?.digest === digestOf(gateway)) return before
  const made = nextOf(before, gateway, clock.now(), { cause: 'file', caller: null })
  const isMine = await store.write(async (tx) => {
    if (!(await insertVersion(tx, made))) return false
    await tx.announce(VERSION_TOPIC, String(made.version))
    await audit.append(tx, { ...SYSTEM, ...eventOf(made) })
    return true
  })
  // Somebody else was first: what they read may be the same.
  return isMine ? made : note(deps, gateway)
}
