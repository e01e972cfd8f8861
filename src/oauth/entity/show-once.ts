import type { Store } from '../../store/index.ts'
import { entityDigest } from './entity.ts'
import { insertEntityOnce } from './store.ts'

/**
 * Remembers that something was shown, such as the `jti` of a proof.
 *
 * @param expiresAt milliseconds, after which it may be forgotten
 * @returns whether it was shown for the first time: of many at once, one is
 */
export function showOnce(deps: { readonly store: Store }, name: string, expiresAt: number): Promise<boolean> {
  const digest = entityDigest('ReplayDetection', name)
  const empty = { alias: null, grant_digest: null, session_uid: null, sid_digest: null }
  const nobody = { person_id: null, client_id: null, organization: null, own_session: null, consumed_at: null }
  const row = { digest, model: 'ReplayDetection', ...empty, ...nobody, expires_at: expiresAt, payload: '{}' }
  return deps.store.write((tx) => insertEntityOnce(tx, row))
}
