import { narrow } from '../../access/index.ts'
import { done, type Result, refused } from '../../core/index.ts'
import type { Transaction } from '../../store/index.ts'
import { expiryOf } from '../classification.ts'
import type { KeyDeps } from '../deps.ts'
import { findKeyOwner } from '../find-owner.ts'
import type { Key } from '../key.ts'
import { refuseKey } from '../problems.ts'
import type { KeyTables } from '../tables.ts'

/** What a key hands on to the key that replaces it: everything that somebody decided about it. */
export function handedOn(key: Key) {
  const { id: _id, organization: _organization, hint: _hint, created: _created, changed: _changed, ...rest } = key
  const { rotatedFrom: _from, rotatedTo: _to, rotatesAt: _due, version: _version, expiresAt: _ends, ...same } = rest
  return same
}

/** What a successor is made of: the same properties, and a new life as long as its class and its owner's roles allow. */
export async function successorOf(deps: KeyDeps, tx: Transaction, key: Key, id: string, now: number) {
  const owner = await findKeyOwner(deps, tx.tables<KeyTables>(), key.owner, key.organization)
  if (owner === null) return refused(refuseKey('KEY_STATUS_CONFLICT', { detail: 'The owner of the key is gone.' }))
  const expiresAt = expiryOf(deps, owner, key.classification, now)
  // What the owner lost meanwhile gave nothing any more; the new key does not carry it on (row K9).
  return done({
    ...handedOn(key),
    ...narrow(key, owner.holds),
    id,
    rotatedFrom: key.id,
    expiresAt,
  }) satisfies Result<unknown>
}
