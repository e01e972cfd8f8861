import { actorOf, type Caller, type EventInput } from '../../core/index.ts'
import type { Transaction } from '../../store/index.ts'
import type { OauthClient } from './client.ts'
import type { ClientDeps } from './deps.ts'

/** Whoever holds clients warm hears of this one. */
export const CLIENT_TOPIC = 'oauth_client'

/** Writes what happened to a client into the record, in the transaction that does it. */
export async function tellClient(
  { audit }: Pick<ClientDeps, 'audit'>,
  tx: Transaction,
  client: Pick<OauthClient, 'id' | 'organization'>,
  caller: Caller,
  event: EventInput,
): Promise<void> {
  await audit.append(tx, { ...actorOf(caller), organization: client.organization, ...event, resource: client.id })
}
