import type { IdentityDeps } from '../deps.ts'
import { tablesOf } from '../tables.ts'

/** Finds ids of the members of an organization, in their order, continuing after one: for searches that walk all of them. */
export function createMemberIdsAfter({ store }: Pick<IdentityDeps, 'store'>) {
  return async (organization: string, after: string, limit: number): Promise<readonly string[]> => {
    const members = tablesOf(store)
      .selectFrom('membership')
      .select('person_id')
      .where('organization', '=', organization)
    const rows = await members.where('person_id', '>', after).orderBy('person_id').limit(limit).execute()
    return rows.map(({ person_id }) => person_id)
  }
}
