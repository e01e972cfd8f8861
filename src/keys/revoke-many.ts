import type { Caller } from '../core/index.ts'
import { moveWithin } from './change.ts'
import type { KeyDeps } from './deps.ts'
import { listKeys } from './list.ts'
import { revocation } from './status.ts'
import { holdKeys } from './store.ts'
import type { KeyTables } from './tables.ts'
import { reachOf } from './verify/reach.ts'

/** Which keys to end together: all of an owner, of a service, or with a tag. */
export type RevokeBy = { readonly ownerId: string } | { readonly serviceId: string } | { readonly tag: string }

const AT_ONCE = 100

/**
 * Ends many keys, a hundred in a transaction, each with its own Event. A key that somebody else ends meanwhile is
 * ended all the same.
 *
 * @returns how many were ended
 */
export function createBulkRevoke(deps: KeyDeps) {
  return async (by: RevokeBy, reason: string | null, caller: Caller): Promise<number> => {
    let ended = 0
    let before: string | null = null
    do {
      const batch: { ended: number; next: string | null } = await revokeBatch(deps, by, reason, caller, before)
      ended += batch.ended
      before = batch.next
    } while (before !== null)
    return ended
  }
}

function revokeBatch(deps: KeyDeps, by: RevokeBy, reason: string | null, caller: Caller, before: string | null) {
  return deps.store.write(async (tx) => {
    const part = { before, limit: AT_ONCE, now: deps.clock.now() }
    const { items, next } = await listKeys(tx.tables<KeyTables>(), reachOf(caller), by, part)
    const open = items.filter((key) => key.status !== 'revoked')
    await holdKeys(
      tx,
      open.map(({ id }) => id),
    )
    for (const key of open) await moveWithin(deps, tx, { id: key.id, version: null }, caller, revocation(reason))
    return { ended: open.length, next }
  })
}
