import type { KeyDeps } from '../deps.ts'
import { proves } from './proves.ts'
import type { RotationRecord } from './rotation.ts'

/** Whether the old key lies in the store again; it cannot where the store never had it. */
export type Returned = 'put_back' | 'not_kept'

/**
 * Puts the key that a rotation replaced back into the secret store, from the version that the store keeps. What lies
 * there is only put back when it is that key.
 *
 * @returns null for a rotation without a store
 */
export async function putBack(
  deps: Pick<KeyDeps, 'store' | 'peppers' | 'rotation' | 'onError'>,
  rotation: RotationRecord,
): Promise<Returned | 'unreachable' | null> {
  const { store: at, previous } = rotation
  if (at === null) return null
  const place = deps.rotation.places.get(at.name)
  if (place === null || previous === null) return 'not_kept'
  try {
    const former = await place.get(at.path, previous)
    if (former === null || !(await proves(deps, rotation.from, former))) return 'not_kept'
    await place.rotate(at.path, former)
    return 'put_back'
  } catch (error) {
    deps.onError(error)
    return 'unreachable'
  }
}
