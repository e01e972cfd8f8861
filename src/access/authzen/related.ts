import type { Store } from '../../store/index.ts'
import { tablesOf } from '../relation/tables.ts'

/**
 * Finds ids of a type that tuples name, as objects or as subjects, in their order after one. Whether they are still related
 * to anything is for the decision on each.
 */
export function createRelatedAfter({ store }: { store: Pick<Store, 'tables'> }) {
  return async (organization: string, type: string, after: string, limit: number): Promise<readonly string[]> => {
    const named = tablesOf(store).selectFrom('access_tuple').where('organization', '=', organization)
    const objects = named
      .select('object_id as id')
      .distinct()
      .where('object_type', '=', type)
      .where('object_id', '>', after)
      .orderBy('object_id')
      .limit(limit)
    const subjects = named
      .select('subject_id as id')
      .distinct()
      .where('subject_type', '=', type)
      .where('subject_relation', '=', '')
      .where('subject_id', '>', after)
      .where('subject_id', '!=', '*')
      .orderBy('subject_id')
      .limit(limit)
    const [as, by] = await Promise.all([objects.execute(), subjects.execute()])
    return [...new Set([...as, ...by].map(({ id }) => id))]
  }
}
