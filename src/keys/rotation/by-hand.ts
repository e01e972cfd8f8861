import { type Caller, done, type Problem, type Result, refused } from '../../core/index.ts'
import { refuseHttp } from '../../http/index.ts'
import type { Store } from '../../store/index.ts'
import type { KeyDeps } from '../deps.ts'
import type { Key, RotationSchedule } from '../key.ts'
import { refuseKey } from '../problems.ts'
import type { Rotated } from '../rotate.ts'
import { findKey } from '../store.ts'
import type { KeyTables } from '../tables.ts'
import { FAILURES } from './abandon.ts'
import type { Begun } from './begin.ts'
import { placeBegun } from './place.ts'
import type { RotationRecord } from './rotation.ts'
import { findRotationTo } from './rotation-store.ts'

/** Where in which secret store a key lies. */
export type Place = NonNullable<RotationSchedule['store']>

/**
 * Ends a rotation by hand that was begun: the new key goes into the secret store, and whoever asked is told so.
 *
 * Errors: `UNAVAILABLE` when the store did not take it or does not say, `ROTATION_UNDER_WAY` when the old key was rotated
 * or revoked meanwhile.
 */
export async function placeByHand(deps: KeyDeps, begun: Begun, caller: Caller): Promise<Result<Rotated>> {
  await placeBegun(deps, begun, caller)
  const { to, organization } = begun.rotation
  const key = await findKey(deps.store.tables<KeyTables>(), to, { organization, ownerId: null })
  return key === null ? refused(refuseKey('KEY_UNKNOWN')) : outcomeOf(deps.store, key, false)
}

/** What a rotation came to that was asked for before, by the key it made. Errors: as above. */
export function replacedBefore(reads: Pick<Store, 'tables'>, key: Key): Promise<Result<Rotated>> {
  return outcomeOf(reads, key, true)
}

async function outcomeOf(reads: Pick<Store, 'tables'>, key: Key, repeated: boolean): Promise<Result<Rotated>> {
  const rotation = await findRotationTo(reads, key.id)
  const problem = rotation === null ? null : placingProblem(key, rotation)
  if (problem !== null) return refused(problem)
  return done({ is: 'rotated', created: { key, secret: null }, placed: rotation?.store ?? null, repeated })
}

function placingProblem(key: Key, { state, failure, from }: RotationRecord): Problem | null {
  if (state === 'placing') {
    const until = `It is asked again until it does: GET /v1/keys/${from}/rotation tells. Both keys work until then.`
    return unavailable(`${nameOf(key)} does not say whether it took the new key ${key.id}. ${until}`)
  }
  if (state !== 'failed') return null
  if (failure === FAILURES.movedOn) {
    return refuseKey('ROTATION_UNDER_WAY', { detail: 'The key was rotated or revoked while its successor was placed.' })
  }
  return placeRefused(key, failure ?? FAILURES.notTaken)
}

/** The refusal of a rotation whose secret store is not there, away, or did not take the new key. */
export function placeRefused(key: Pick<Key, 'rotation'>, failure: string): Problem {
  const next = 'Try again with a fresh Idempotency-Key, or end its schedule and the new key is shown to you instead.'
  return unavailable(`${nameOf(key)}: ${failure}. The key was not rotated and works on. ${next}`)
}

function nameOf({ rotation }: Pick<Key, 'rotation'>): string {
  return `The secret store "${rotation?.store?.name ?? ''}"`
}

function unavailable(detail: string): Problem {
  return refuseHttp('UNAVAILABLE', { detail, retryAfter: 30 })
}
