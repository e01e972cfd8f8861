import { type Caller, createId, type Secret } from '../../core/index.ts'
import type { Transaction } from '../../store/index.ts'
import type { ClientSecret, OauthClient } from './client.ts'
import type { ClientDeps } from './deps.ts'
import { clientSecretDigest, newClientSecret } from './secret.ts'
import { insertSecret } from './store.ts'
import { tellClient } from './tell.ts'

/** Makes a secret of a client; its text is in the answer and nowhere else. */
export async function makeSecret(
  deps: Omit<ClientDeps, 'access' | 'served' | 'freshProblem' | 'endRights'>,
  tx: Transaction,
  client: OauthClient,
  expiresAt: number | null,
  caller: Caller,
): Promise<{ readonly secret: ClientSecret; readonly text: Secret }> {
  const now = deps.clock.now()
  const { text, hint } = newClientSecret()
  const digest = clientSecretDigest(deps.pepper, client.id, text.reveal())
  const secret: ClientSecret = { id: createId('sec', now), digest, hint, createdAt: now, expiresAt, usedAt: null }
  await insertSecret(tx, client.id, secret)
  const details = { secretId: secret.id, expiresAt }
  await tellClient(deps, tx, client, caller, { type: 'client.secret_added', outcome: 'success', details })
  return { secret, text }
}
