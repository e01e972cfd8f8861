import type { Transaction } from '../../../store/index.ts'
import type { Membership } from '../../person/person.ts'
import { tablesOf } from '../../tables.ts'

/** Takes a membership away if it is still at the version that was read. @returns whether this call did */
export async function deleteMembership(
  tx: Transaction,
  { personId, organization, version }: Membership,
): Promise<boolean> {
  const { numDeletedRows } = await tablesOf(tx)
    .deleteFrom('membership')
    .where('person_id', '=', personId)
    .where('organization', '=', organization)
    .where('version', '=', version)
    .executeTakeFirst()
  return numDeletedRows === 1n
}
