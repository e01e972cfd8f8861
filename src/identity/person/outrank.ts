import { type Access, missingPermissions, missingScopes } from '../../access/index.ts'
import type { Caller, Problem } from '../../core/index.ts'
import { refuseIdentity } from '../problems.ts'
import type { Tables } from '../tables.ts'
import { membershipsOf } from './store.ts'

/**
 * Why somebody may not act on a person's account: that person holds, in any organization, what the caller does not. Null
 * when they may. Without it whoever may reset passwords would soon hold everything.
 */
export async function outranksProblem(
  { access }: { readonly access: Access },
  db: Tables,
  personId: string,
  { principal }: Caller,
): Promise<Problem | null> {
  if (principal.id === personId) return null
  const lacking = (await membershipsOf(db, personId)).some((membership) => {
    const { scopes, permissions } = access.holdingOf(
      membership.organization,
      access.withGiven(membership.organization, personId, membership),
    )
    const missing = missingPermissions(principal.permissions, permissions)
    return missing.length > 0 || missingScopes(principal.scopes, scopes).length > 0
  })
  return lacking ? refuseIdentity('USER_OUTRANKS') : null
}
