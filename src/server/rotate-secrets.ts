import type { Config } from '../config/index.ts'
import { actorOf } from '../core/index.ts'
import { masterKeySource } from '../secrets/index.ts'
import { operator } from './control/authenticate.ts'
import type { System } from './system.ts'
import { withLocalSystem } from './with-system.ts'

export type SecretsRotation = { readonly pepper: boolean; readonly nextMasterFile: string | null }
export type RotatedSecrets = { readonly what: 'data' | 'master' | 'pepper'; readonly count: number }

/** Rotates one kind of our own secrets on the local store, and tells the Event. */
export function rotateSecrets(config: Config, rotation: SecretsRotation): Promise<RotatedSecrets> {
  return withLocalSystem(config, async (system) => {
    const done = await rotateOne(system, rotation)
    const caller = { principal: operator, address: null, userAgent: 'sallyport-cli', requestId: null }
    await system.audit.commit({ ...actorOf(caller), type: 'secrets.rotated', outcome: 'success', details: { ...done } })
    return done
  })
}

async function rotateOne({ config, keys, secrets }: System, rotation: SecretsRotation): Promise<RotatedSecrets> {
  const { pepper, nextMasterFile: keyFile } = rotation
  if (pepper) return { what: 'pepper', count: await keys.rotatePepper() }
  if (keyFile !== null) {
    const next = masterKeySource({ key: null, keyFile, passphrase: null, data: config.data, dialect: 'postgres' })
    return { what: 'master', count: await secrets.rotate({ what: 'master', next }) }
  }
  const count = await secrets.rotate({ what: 'data' })
  await secrets.reseal()
  return { what: 'data', count }
}
