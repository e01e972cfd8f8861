import { actorOf, type Caller, done, type Result, refused } from '../../core/index.ts'
import type { KeyDeps } from '../deps.ts'
import { refuseKey } from '../problems.ts'
import { findKeyToChange } from '../store.ts'
import { reachOf } from '../verify/reach.ts'
import { deleteSignatureKey } from './store.ts'

/**
 * Ends a signature key, everywhere within a second; the API key works on. Its record is removed, and the Event stays.
 *
 * Errors: `KEY_UNKNOWN`, `SIGNATURE_KEY_UNKNOWN`.
 */
export function revokeSignatureKey(deps: KeyDeps) {
  return ({ keyId, id }: { readonly keyId: string; readonly id: string }, caller: Caller): Promise<Result<null>> =>
    deps.store.write(async (tx) => {
      const key = await findKeyToChange(tx, keyId, reachOf(caller))
      if (key === null) return refused(refuseKey('KEY_UNKNOWN'))
      if (!(await deleteSignatureKey(tx, id, keyId))) return refused(refuseKey('SIGNATURE_KEY_UNKNOWN'))
      await tx.announce('key', keyId)
      await deps.audit.append(tx, {
        ...actorOf(caller),
        type: 'key.signature_key_revoked',
        outcome: 'success',
        resource: keyId,
        details: { signatureKey: id },
      })
      return done(null)
    })
}
