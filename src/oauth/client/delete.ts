import { actorOf, type Caller, type Result } from '../../core/index.ts'
import { type ClientTarget, targeted } from './change.ts'
import type { OauthClient } from './client.ts'
import type { ClientDeps } from './deps.ts'
import { deleteClientRow } from './store.ts'
import { CLIENT_TOPIC, tellClient } from './tell.ts'

/** Deletes clients; see `Clients.remove`. */
export function createClientDelete(deps: ClientDeps) {
  return (target: ClientTarget, caller: Caller): Promise<Result<OauthClient>> =>
    deps.store.write(async (tx) => {
      const found = await targeted(tx, target, caller)
      if (!found.ok) return found
      const { id, name } = found.value
      await deleteClientRow(tx, id)
      await tellClient(deps, tx, found.value, caller, { type: 'client.deleted', outcome: 'success', details: { name } })
      await tx.announce(CLIENT_TOPIC, id)
      await deps.endIssued(tx, id, actorOf(caller))
      return found
    })
}
