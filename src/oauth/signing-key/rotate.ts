import { type Caller, done, type Result, refused } from '../../core/index.ts'
import { type ChangeDeps, changeSigningKeys } from './change.ts'
import type { OutsideKey } from './outside.ts'
import { type Schedule, stepsAfterLeak, stepsToRotate } from './plan.ts'
import { refuseSigningKey } from './problems.ts'
import type { SigningAlgorithm, SigningKeyRecord } from './signing-key.ts'

/**
 * What is to be rotated: an algorithm, whose next key is published now and signs later; or a leaked key, which is gone at
 * once with every token that it signed.
 */
export type Rotation = { readonly algorithm: SigningAlgorithm } | { readonly leaked: string }

type Deps = {
  readonly change: ChangeDeps
  readonly schedule: Schedule
  readonly outside: readonly OutsideKey[]
  readonly refresh: () => Promise<void>
  readonly list: () => readonly SigningKeyRecord[]
}

/** Makes what rotates signing keys by hand. @returns the keys there are then */
export function createRotate(deps: Deps) {
  return async (rotation: Rotation, caller: Caller): Promise<Result<readonly SigningKeyRecord[]>> => {
    await deps.refresh()
    const problem = problemOf(deps, rotation)
    if (problem !== null) return refused(refuseSigningKey(problem))
    await changeSigningKeys(deps.change, (keys, now) => stepsOf(deps, rotation, keys, now), caller)
    await deps.refresh()
    return done(deps.list())
  }
}

function stepsOf({ schedule }: Deps, rotation: Rotation, keys: Parameters<typeof stepsToRotate>[0], now: number) {
  if ('algorithm' in rotation) return stepsToRotate(keys, schedule, rotation.algorithm, now)
  const leaked = keys.find(({ id }) => id === rotation.leaked)
  return leaked === undefined ? [] : stepsAfterLeak(keys, schedule, leaked, now)
}

function problemOf({ schedule, outside, list }: Deps, rotation: Rotation) {
  const isIt = (key: { id: string; algorithm: string }) =>
    'leaked' in rotation ? key.id === rotation.leaked : key.algorithm === rotation.algorithm
  if (outside.some(isIt)) return 'SIGNING_KEY_CONFIGURED'
  if ('leaked' in rotation) return list().some(isIt) ? null : 'SIGNING_KEY_NOT_FOUND'
  const isUsed =
    schedule.made.includes(rotation.algorithm) || list().some((key) => isIt(key) && key.state !== 'retired')
  return isUsed ? null : 'SIGNING_ALGORITHM_UNUSED'
}
