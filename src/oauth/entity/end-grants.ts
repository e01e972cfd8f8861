import type { Box } from '../../secrets/index.ts'
import type { Transaction } from '../../store/index.ts'
import { entityDigest } from './entity.ts'
import { deleteEntity, deleteOfGrant, entitiesOf, lockGrant, openPayload } from './store.ts'

/** Whose grants: what a person gave one client, where they act. */
export type GrantsOf = { readonly personId: string; readonly organization: string; readonly clientId: string }

/**
 * Ends every grant of a person to a client in an organization, and with each all that was issued under it.
 *
 * @param deps.revokeSigned ends what was signed under a grant and lies nowhere
 * @returns how many there were
 */
export async function endGrants(
  deps: { readonly box: Box; readonly revokeSigned: (tx: Transaction, grantId: string) => Promise<void> },
  tx: Transaction,
  { personId, organization, clientId }: GrantsOf,
): Promise<number> {
  const rows = await entitiesOf(tx)
    .selectFrom('oauth_entity')
    .selectAll()
    .where('model', '=', 'Grant')
    .where('person_id', '=', personId)
    .where('client_id', '=', clientId)
    .where('organization', '=', organization)
    .execute()
  for (const row of rows) {
    const { jti } = openPayload(deps.box, row)
    await lockGrant(tx, row.digest)
    await deleteEntity(tx, row.digest)
    if (jti === undefined) continue
    await deleteOfGrant(tx, entityDigest('Grant', jti), null)
    await deps.revokeSigned(tx, jti)
  }
  return rows.length
}
